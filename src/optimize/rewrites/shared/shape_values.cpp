#include "optimize/rewrites/shared/shape_values.hpp"
#include "graph/permutation.hpp"

#include <algorithm>

namespace upkeep::rewrites {

namespace {

constexpr std::int64_t kLongest = 64;  // entries; shapes are never longer

// An entry that is a number: -1 itself stands for "not known" in a Dim, so that the number has a symbol, which is no axis's.
constexpr const char* kMinusOne = "-1";

Dim entry_of(std::int64_t number) { return number == -1 ? Dim(kMinusOne) : Dim(number); }

std::optional<std::int64_t> number_of(const Dim& entry) {
  if (entry.symbol == kMinusOne) return -1;
  return entry.symbol.empty() && entry != Dim() ? std::optional(entry.value) : std::nullopt;
}

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
  return beyond ? Dim() : entry_of(result);
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
    const auto number = number_of(entry);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  const Tensor made = found->second.scalar ? Tensor::scalar(numbers.at(0)) : int64s(std::move(numbers));
  return made.cast(wiring_.type(value)->dtype);
}

std::optional<ShapeValues::Known> ShapeValues::of(const std::string& value) const {
  if (const auto found = known_.find(value); found != known_.end()) return found->second;
  const Tensor* tensor = wiring_.constant(value);
  const auto numbers = integers(tensor);
  if (!numbers || tensor->rank() > 1 || tensor->size() > kLongest) return std::nullopt;
  Known made{.entries = {}, .scalar = tensor->rank() == 0};
  for (const std::int64_t number : *numbers) made.entries.push_back(entry_of(number));
  return made;
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
  if (node.op == "Reshape") {  // to one axis, which a vector has
    const auto made = of(node.inputs[0]);
    return made && !made->scalar && integers(wiring_.constant(input(node, 1))) == Permutation{-1} ? made : std::nullopt;
  }
  if (node.op == "ConstantOfShape") return filled(node);
  if (node.op == "Equal") return compared(node);
  if (node.op == "Where") return chosen(node);
  return computed(node);
}

std::optional<ShapeValues::Known> ShapeValues::shape(const Node& node) const {
  const auto dims = wiring_.dims(node.inputs[0]);
  if (!dims) return std::nullopt;
  const auto size = static_cast<std::int64_t>(dims->size());
  const std::int64_t begin = clamped(node.get<std::int64_t>("start", 0), size), end = clamped(node.get<std::int64_t>("end", size), size);
  Known made{.entries = begin < end ? Dims(dims->begin() + begin, dims->begin() + end) : Dims()};
  std::ranges::replace_if(made.entries, [](const Dim& dim) { return dim.symbol == kMinusOne; }, Dim());
  return made;
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
    const auto a_number = number_of(left), b_number = number_of(right);
    made.entries.push_back(a_number && b_number ? calculated(node.op, *a_number, *b_number) : Dim());
  }
  return made;
}

std::optional<ShapeValues::Known> ShapeValues::filled(const Node& node) const {
  const auto size = of(node.inputs[0]);
  const Attribute* value = node.find("value");
  const Tensor* filling = value ? std::get_if<Tensor>(&value->value) : nullptr;
  const auto number = integers(filling);
  if (!size || size->scalar || size->entries.size() != 1 || !size->entries[0].known() || size->entries[0].value > kLongest || !number ||
      number->size() != 1)
    return std::nullopt;
  return Known{.entries = Dims(static_cast<std::size_t>(size->entries[0].value), entry_of((*number)[0]))};
}

// 1 where two entries are equal: the size of an axis is no negative number. Unknown where that depends on the data.
std::optional<ShapeValues::Known> ShapeValues::compared(const Node& node) const {
  const auto a = of(node.inputs[0]), b = of(node.inputs[1]);
  if (!a || !b || a->entries.size() != b->entries.size()) return std::nullopt;
  Known made{.entries = {}, .scalar = a->scalar && b->scalar};
  for (std::size_t i = 0; i < a->entries.size(); ++i) {
    const Dim &left = a->entries[i], &right = b->entries[i];
    const auto x = number_of(left), y = number_of(right);
    const bool sizes = (x || !left.symbol.empty()) && (y || !right.symbol.empty());
    if (x && y) made.entries.push_back(entry_of(*x == *y ? 1 : 0));
    else if (sizes && left == right) made.entries.push_back(entry_of(1));
    else made.entries.push_back(sizes && std::min(x.value_or(0), y.value_or(0)) < 0 ? entry_of(0) : Dim());
  }
  return made;
}

std::optional<ShapeValues::Known> ShapeValues::chosen(const Node& node) const {
  const auto condition = of(node.inputs[0]), a = of(node.inputs[1]), b = of(node.inputs[2]);
  if (!condition || !a || !b || a->entries.size() != condition->entries.size() || b->entries.size() != condition->entries.size())
    return std::nullopt;
  Known made{.entries = {}, .scalar = condition->scalar};
  for (std::size_t i = 0; i < a->entries.size(); ++i) {
    const Dim& which = condition->entries[i];
    made.entries.push_back(which == entry_of(1) ? a->entries[i] : which == entry_of(0) ? b->entries[i] : Dim());
  }
  return made;
}

}  // namespace upkeep::rewrites
