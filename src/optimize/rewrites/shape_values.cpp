#include "optimize/rewrites/shape_values.hpp"

namespace upkeep::rewrites {

namespace {

constexpr std::int64_t kLongest = 64;  // entries; shapes are never longer

// Counted from the end where it is negative, and never outside.
std::int64_t clamped(std::int64_t place, std::int64_t size) { return std::clamp<std::int64_t>(place < 0 ? place + size : place, 0, size); }

// Unknown where it is no number, or none that fits.
Dim calculated(std::string_view op, std::int64_t left, std::int64_t right) {
  std::int64_t result = 0;
  bool beyond = false;
  if (op == "Add") beyond = __builtin_add_overflow(left, right, &result);
  else if (op == "Sub") beyond = __builtin_sub_overflow(left, right, &result);
  else if (op == "Mul") beyond = __builtin_mul_overflow(left, right, &result);
  else if (right > 0) result = left / right;
  else beyond = true;
  return beyond ? Dim() : Dim(result);
}

bool is_integer(const ValueType* type) { return type && (type->dtype == DType::kInt64 || type->dtype == DType::kInt32); }

}  // namespace

ShapeValues::ShapeValues(const Wiring& wiring) : wiring_(wiring) {
  for (const Wiring::Id id : wiring.ids())
    if (const Node& node = wiring.node(id); node.domain.empty() && node.outputs.size() == 1)
      if (auto made = result(node)) known_[node.outputs[0]] = *std::move(made);
}

std::optional<Dims> ShapeValues::entries(const std::string& value) const {
  const auto found = of(value);
  return found ? std::optional(found->entries) : std::nullopt;
}

std::optional<Tensor> ShapeValues::tensor(const std::string& value) const {
  const auto found = known_.find(value);
  if (found == known_.end() || !is_integer(wiring_.type(value))) return std::nullopt;
  std::vector<std::int64_t> numbers;
  for (const Dim& entry : found->second.entries) {
    if (!entry.symbol.empty() || entry.value == Dim().value) return std::nullopt;
    numbers.push_back(entry.value);
  }
  const Tensor made = found->second.scalar ? Tensor::scalar(numbers.at(0)) : int64s(std::move(numbers));
  return made.cast(wiring_.type(value)->dtype);
}

std::optional<ShapeValues::Known> ShapeValues::of(const std::string& value) const {
  if (const auto found = known_.find(value); found != known_.end()) return found->second;
  const Tensor* tensor = wiring_.constant(value);
  const auto numbers = integers(tensor);
  if (!numbers || tensor->rank() > 1 || tensor->size() > kLongest) return std::nullopt;
  return Known{.entries = Dims(numbers->begin(), numbers->end()), .scalar = tensor->rank() == 0};
}

std::optional<ShapeValues::Known> ShapeValues::result(const Node& node) const {
  if (node.op == "Shape") return shape(node);
  if (node.op == "Cast") {
    const auto to = static_cast<DType>(node.get<std::int64_t>("to", 0));
    return to == DType::kInt64 || to == DType::kInt32 ? of(node.inputs[0]) : std::nullopt;
  }
  if (node.op == "Gather") return gathered(node);
  if (node.op == "Slice") return sliced(node);
  if (node.op == "Concat") return joined(node);
  if (node.op == "Squeeze" || node.op == "Unsqueeze") {
    auto made = of(node.inputs[0]);
    if (!made || made->entries.size() != 1 || made->scalar != (node.op == "Unsqueeze")) return std::nullopt;
    made->scalar = !made->scalar;
    return made;
  }
  return computed(node);
}

std::optional<ShapeValues::Known> ShapeValues::shape(const Node& node) const {
  const auto dims = wiring_.dims(node.inputs[0]);
  if (!dims) return std::nullopt;
  const auto size = static_cast<std::int64_t>(dims->size());
  const std::int64_t begin = clamped(node.get<std::int64_t>("start", 0), size), end = clamped(node.get<std::int64_t>("end", size), size);
  return Known{.entries = begin < end ? Dims(dims->begin() + begin, dims->begin() + end) : Dims()};
}

std::optional<ShapeValues::Known> ShapeValues::gathered(const Node& node) const {
  const auto from = of(node.inputs[0]);
  const Tensor* places = wiring_.constant(input(node, 1));
  const auto numbers = integers(places);
  if (!from || from->scalar || !numbers || places->rank() > 1 || node.get<std::int64_t>("axis", 0) != 0) return std::nullopt;
  Known made{.entries = {}, .scalar = places->rank() == 0};
  for (const std::int64_t number : *numbers) {
    const std::int64_t place = from_front(number, from->entries.size());
    if (place < 0 || place >= static_cast<std::int64_t>(from->entries.size())) return std::nullopt;
    made.entries.push_back(from->entries[static_cast<std::size_t>(place)]);
  }
  return made;
}

std::optional<ShapeValues::Known> ShapeValues::sliced(const Node& node) const {
  const auto from = of(node.inputs[0]);
  const auto begin = integers(wiring_.constant(input(node, 1))), end = integers(wiring_.constant(input(node, 2)));
  const auto steps = integers(wiring_.constant(input(node, 4)));
  if (!from || from->scalar || !begin || !end || begin->size() != 1 || (!input(node, 4).empty() && steps != Permutation{1}))
    return std::nullopt;
  const auto size = static_cast<std::int64_t>(from->entries.size());
  Known made;
  for (std::int64_t i = clamped((*begin)[0], size); i < clamped((*end)[0], size); ++i)
    made.entries.push_back(from->entries[static_cast<std::size_t>(i)]);
  return made;
}

std::optional<ShapeValues::Known> ShapeValues::joined(const Node& node) const {
  Known made;
  for (const std::string& name : node.inputs) {
    const auto part = of(name);
    if (!part || part->scalar) return std::nullopt;
    made.entries.insert(made.entries.end(), part->entries.begin(), part->entries.end());
  }
  return made;
}

// Arithmetic of entries that are numbers; one entry goes with each of several.
std::optional<ShapeValues::Known> ShapeValues::computed(const Node& node) const {
  if (node.op != "Add" && node.op != "Sub" && node.op != "Mul" && node.op != "Div") return std::nullopt;
  const auto a = of(node.inputs[0]), b = of(node.inputs[1]);
  if (!a || !b || (a->entries.size() != b->entries.size() && a->entries.size() != 1 && b->entries.size() != 1)) return std::nullopt;
  Known made{.entries = {}, .scalar = a->scalar && b->scalar};
  for (std::size_t i = 0; i < std::max(a->entries.size(), b->entries.size()); ++i) {
    const Dim& left = a->entries[a->entries.size() == 1 ? 0 : i];
    const Dim& right = b->entries[b->entries.size() == 1 ? 0 : i];
    made.entries.push_back(left.known() && right.known() ? calculated(node.op, left.value, right.value) : Dim());
  }
  return made;
}

}  // namespace upkeep::rewrites
