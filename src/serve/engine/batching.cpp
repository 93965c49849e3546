#include "serve/engine/batching.hpp"

#include <algorithm>
#include <numeric>

#include "base/format.hpp"
#include "base/random.hpp"
#include "graph/row_mixing.hpp"
#include "graph/signature.hpp"

namespace upkeep::serve {

Signature signature_or_graph(const Model& model) {
  try {
    return signature_of(model);
  } catch (const Error&) {
    return signature_of({.graph = model.graph, .metadata = {}});
  }
}

std::int64_t rows_of(const Tensors& inputs) {
  for (const auto& [_, tensor] : inputs)
    if (tensor.rank() > 0) return tensor.dim(0);
  return 1;
}

bool same_rows(const Tensors& inputs) {
  const std::int64_t rows = rows_of(inputs);
  return std::ranges::all_of(inputs, [&](const auto& input) { return input.second.rank() > 0 && input.second.dim(0) == rows; });
}

bool may_share_a_run(const Tensors& a, const Tensors& b) {
  return std::ranges::equal(a, b, [](const auto& one, const auto& other) {
    return one.first == other.first && one.second.dtype() == other.second.dtype() && one.second.rank() == other.second.rank() &&
           std::ranges::equal(one.second.shape() | std::views::drop(1), other.second.shape() | std::views::drop(1));
  });
}

static Tensor join_rows(std::span<const Tensors* const> parts, const std::string& name) {
  const Tensor& first = parts.front()->at(name);
  Shape shape = first.shape();
  shape.front() = 0;
  for (const Tensors* part : parts) shape.front() += part->at(name).dim(0);
  if (first.dtype() == DType::kString) {
    std::vector<std::string> strings;
    strings.reserve(static_cast<std::size_t>(element_count(shape)));
    for (const Tensors* part : parts) strings.insert(strings.end(), part->at(name).strings().begin(), part->at(name).strings().end());
    return Tensor(shape, std::move(strings));
  }
  std::size_t bytes = 0;
  for (const Tensors* part : parts) bytes += part->at(name).size_bytes();
  const std::shared_ptr<std::byte[]> memory = std::make_shared_for_overwrite<std::byte[]>(bytes);
  std::byte* to = memory.get();
  for (const Tensors* part : parts) to = std::ranges::copy(part->at(name).bytes(), to).out;
  return Tensor::share(first.dtype(), shape, memory, memory.get());
}

Tensors joined(std::span<const Tensors* const> parts) {
  Tensors all;
  for (const auto& [name, _] : *parts.front()) all.emplace(name, join_rows(parts, name));
  return all;
}

std::vector<Tensors> taken_apart(const Tensors& outputs, std::span<const std::int64_t> rows) {
  const std::int64_t total = std::accumulate(rows.begin(), rows.end(), std::int64_t{0});
  for (const auto& [_, tensor] : outputs)
    if (tensor.rank() == 0 || tensor.dim(0) != total) return {};
  std::vector<Tensors> parts(rows.size());
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < rows.size(); begin += rows[i++])
    for (const auto& [name, tensor] : outputs) parts[i].emplace(name, tensor.rows(begin, begin + rows[i]));
  return parts;
}

namespace {

// Rows of which each differs from the others, in sign and in size.
class MadeUpRows {
 public:
  MadeUpRows(const std::vector<TensorSpec>& specs, const Signature& signature, std::int64_t open)
      : specs_(specs), signature_(signature), open_(open) {}

  Tensors rows(int first, int count) const {
    std::vector<Tensors> each;
    std::vector<const Tensors*> parts;
    for (int row = first; row < first + count; ++row) each.push_back(one(row));
    for (const Tensors& part : each) parts.push_back(&part);
    return joined(parts);
  }

 private:
  Tensors one(int row) const {
    Tensors made;
    for (const TensorSpec& spec : specs_) {
      Shape shape{1};
      for (std::size_t axis = 1; axis < spec.dims.size(); ++axis) shape.push_back(spec.dims[axis].known() ? spec.dims[axis].value : open_);
      made.emplace(spec.name, spec.dtype == DType::kString ? texts(spec, shape, row) : numbers(spec, shape, row));
    }
    return made;
  }

  // Small whole numbers are the indices, counts and flags of most models; the spread of the floats differs by row.
  static Tensor numbers(const TensorSpec& spec, const Shape& shape, int row) {
    Random random(17, stream_id(spec.name), static_cast<std::uint32_t>(row));
    static constexpr std::array<double, 4> kSpread{1.0, 0.1, 4.0, 0.5};
    const bool floats =
        spec.dtype == DType::kFloat32 || spec.dtype == DType::kFloat64 || spec.dtype == DType::kFloat16 || spec.dtype == DType::kBFloat16;
    std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
    for (float& value : values)
      value =
          floats ? static_cast<float>(random.normal() * kSpread[static_cast<std::size_t>(row) % 4]) : static_cast<float>(random.below(2));
    const Tensor made(shape, std::move(values));
    return spec.dtype == DType::kFloat32 ? made : made.cast(spec.dtype);
  }

  Tensor texts(const TensorSpec& spec, const Shape& shape, int row) const {
    const InputSignature* const input = signature_.input(spec.name);
    const auto count = static_cast<std::size_t>(element_count(shape));
    std::vector<std::string> values(count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t features = input ? input->features.size() : 0;
      const std::vector<std::string>* known = features ? &input->features[i % features].categories : nullptr;
      if (known && !known->empty()) values[i] = (*known)[(static_cast<std::size_t>(row) + i) % known->size()];
      else values[i] = std::string(1, static_cast<char>('a' + (static_cast<std::size_t>(row) + i) % 3));
    }
    return Tensor(shape, std::move(values));
  }

  const std::vector<TensorSpec>& specs_;
  const Signature& signature_;
  std::int64_t open_;
};

// Within float rounding: sums are taken in another order where there are more rows.
bool close(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  if (a.dtype() == DType::kString) return a.strings() == b.strings();
  const bool halves = a.dtype() == DType::kFloat16 || a.dtype() == DType::kBFloat16;
  if (a.dtype() != DType::kFloat32 && a.dtype() != DType::kFloat64 && !halves) return a == b;
  const Tensor left = a.cast(DType::kFloat64), right = b.cast(DType::kFloat64);
  double largest = 0;
  for (const double value : left.data<double>())
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  const double bound = (halves ? 5e-3 : 2e-5) * largest;
  return std::ranges::equal(left.data<double>(), right.data<double>(),
                            [&](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)) || std::abs(x - y) <= bound; });
}

// Four rows together, and then the first, the next two, and the last.
bool equal_alone_and_together(const Session& session, const Tensors& rows) {
  static constexpr std::array<std::int64_t, 3> kSplit{1, 2, 1};
  const std::vector<Tensors> parts = taken_apart(session.run(rows), kSplit);
  if (parts.empty()) return false;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < kSplit.size(); first += kSplit[i++]) {
    Tensors some;
    for (const auto& [name, tensor] : rows) some.emplace(name, tensor.rows(first, first + kSplit[i]));
    for (const auto& [name, tensor] : session.run(some))
      if (!parts[i].contains(name) || !close(tensor, parts[i].at(name))) return false;
  }
  return true;
}

std::string closed_axis(const std::vector<TensorSpec>& inputs, const std::vector<TensorSpec>& outputs) {
  std::string symbol;
  if (inputs.empty()) return "the model has no inputs";
  for (const TensorSpec& spec : inputs) {
    if (spec.any_rank) return upkeep::format("input \"{}\" may have any number of dimensions", spec.name);
    if (spec.dims.empty()) return upkeep::format("input \"{}\" is a scalar", spec.name);
    const Dim& first = spec.dims.front();
    if (first.known()) return upkeep::format("input \"{}\" has the fixed first dimension {}", spec.name, first.value);
    if (!first.symbol.empty() && !symbol.empty() && first.symbol != symbol)
      return upkeep::format("the inputs' first dimensions differ: {} and {}", symbol, first.symbol);
    if (!first.symbol.empty()) symbol = first.symbol;
  }
  for (const TensorSpec& spec : outputs)
    if (!spec.any_rank && (spec.dims.empty() || spec.dims.front().known()))
      return upkeep::format("output \"{}\" has no row for each row of the inputs", spec.name);
  return {};
}

}  // namespace

static constexpr const char* kDepends = "a row's answer depends on the rows beside it";

Batching probe_batching(const Session& session, const Model& model, const Tensors* sample) {
  if (std::string closed = closed_axis(session.inputs(), session.outputs()); !closed.empty()) return {.why_not = std::move(closed)};
  Batching found{.open_axis = true};
  // An effect that starts at some value shows in the graph, not in a few runs.
  if (const std::string node = mixes_rows(model); !node.empty()) return {.open_axis = true, .why_not = node};
  const Signature signature = signature_or_graph(model);
  try {
    if (sample && rows_of(*sample) >= 4) {
      Tensors four;
      for (const auto& [name, tensor] : *sample) four.emplace(name, tensor.rows(0, 4));
      if (!equal_alone_and_together(session, four)) return {.open_axis = true, .why_not = kDepends};
      found.merges = true;
    }
  } catch (const Error& error) {
    found.why_not = upkeep::format("rows of the reference cannot be run: {}", error.what());
    return found;
  }
  std::string failure;
  for (const std::int64_t open : {4, 32}) {  // a size for dimensions that the model leaves open; an image of 4 pixels may be too small
    try {
      if (!equal_alone_and_together(session, MadeUpRows(session.inputs(), signature, open).rows(0, 4)))
        return {.open_axis = true, .why_not = kDepends};
      return {.open_axis = true, .merges = true};
    } catch (const Error& error) {
      failure = error.what();
    }
  }
  if (!found.merges) found.why_not = "made-up rows cannot be run: " + failure;
  return found;
}

}  // namespace upkeep::serve
