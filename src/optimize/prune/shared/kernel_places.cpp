#include "optimize/prune/shared/kernel_places.hpp"

#include <algorithm>
#include <cmath>

#include "graph/element_types.hpp"
#include "graph/subgraph.hpp"
#include "runtime/session.hpp"
#include "train/batches.hpp"

namespace upkeep::pruning {

namespace {

constexpr std::int64_t kMostNumbered = std::int64_t{1} << 24;  // float32 counts no further without gaps
constexpr std::int64_t kBatchRows = 64;

// The node that multiplies by the kernel, as which input, and the name of the kernel there.
struct Reader {
  Wiring::Id node;
  std::size_t place;
  std::string kernel;
};

bool multiplies(const Node& node, std::size_t place) {
  if (is_op(node, "Conv") || is_op(node, "ConvTranspose") || is_op(node, "Gemm")) return place == 1;
  if (is_op(node, "MatMul")) return place < 2;
  return (is_op(node, "LSTM") || is_op(node, "GRU") || is_op(node, "RNN")) && (place == 1 || place == 2);
}

// Through nodes that read nothing but constants.
std::optional<Reader> reader_of(const Wiring& wiring, const std::string& weight) {
  std::vector<std::string> values = {weight};
  for (std::size_t i = 0; i < values.size(); ++i)
    for (const Wiring::Id id : wiring.readers(values[i])) {
      const Node& node = wiring.node(id);
      for (std::size_t place = 0; place < node.inputs.size(); ++place)
        if (node.inputs[place] == values[i] && multiplies(node, place)) return Reader{id, place, values[i]};
      const bool passes = std::ranges::all_of(
          node.inputs, [&](const std::string& input) { return input.empty() || input == values[i] || wiring.constant(input); });
      if (passes) values.insert(values.end(), node.outputs.begin(), node.outputs.end());
    }
  return std::nullopt;
}

// The kernel as its reader sees it, with the number of each element in place of its value.
std::optional<Tensor> numbered(const Model& model, const std::string& weight, const std::string& kernel) {
  const Tensor& tensor = *model.graph.initializer(weight);
  if (tensor.size() > kMostNumbered) return std::nullopt;
  std::vector<float> numbers(static_cast<std::size_t>(tensor.size()));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i);
  Tensor counted(tensor.shape(), numbers);
  if (kernel == weight) return counted;
  Model part = model;
  *part.graph.initializer(weight) = counted.cast(tensor.dtype() == DType::kFloat64 ? DType::kFloat64 : DType::kFloat32);
  part.graph.outputs = {{kernel, {}, {}, {}}};
  part.graph.values.clear();
  part.training_tensors.clear();
  drop_unused(part.graph);
  part.graph.inputs.clear();
  try {
    Tensor made = Session(part, {.threads = 1, .optimize = false}).run({}).begin()->second.cast(DType::kFloat32);
    std::vector<float> seen(made.floats().begin(), made.floats().end());
    std::ranges::sort(seen);
    return std::ranges::equal(seen, numbers) ? std::optional(std::move(made)) : std::nullopt;
  } catch (const Error&) {  // half floats all the way, an operator that the runtime lacks
    return std::nullopt;
  }
}

struct Standing {
  std::uint32_t in, window, out;
};

// Of the element `at` of the operator's own layout.
Standing place_of(const Node& node, const Reader& reader, const Shape& shape, std::uint32_t at) {
  const auto dim = [&](std::size_t axis) { return static_cast<std::uint32_t>(shape[axis]); };
  if (is_op(node, "Conv") || is_op(node, "ConvTranspose")) {
    std::uint32_t window = 1;
    for (std::size_t axis = 2; axis < shape.size(); ++axis) window *= dim(axis);
    const auto groups = static_cast<std::uint32_t>(node.get<std::int64_t>("group", 1));
    const std::uint32_t first = at / window / dim(1), second = at / window % dim(1), each = std::max(1U, dim(0) / groups);
    if (is_op(node, "Conv")) return {first / each * dim(1) + second, at % window, first};
    return {first, at % window, first / each * dim(1) + second};
  }
  const std::uint32_t columns = dim(shape.size() - 1), rows = shape.size() > 1 ? dim(shape.size() - 2) : 1, matrix = at / (rows * columns);
  const std::uint32_t row = at / columns % rows, column = at % columns;
  const bool sums_columns = is_op(node, "Gemm") ? node.get<std::int64_t>("transB", 0) != 0 : !is_op(node, "MatMul") || reader.place == 0;
  return sums_columns ? Standing{column, 0, matrix * rows + row} : Standing{row, 0, matrix * columns + column};
}

// What is multiplied, and along which axis.
std::pair<std::string, std::size_t> operand(const Wiring& wiring, const Node& node, const Reader& reader) {
  const auto rank = [&](const std::string& value) {
    const auto dims = wiring.dims(value);
    return dims ? dims->size() : 0;
  };
  if (is_op(node, "Conv") || is_op(node, "ConvTranspose")) return {node.inputs[0], 1};
  if (is_op(node, "Gemm")) return {node.inputs[0], node.get<std::int64_t>("transA", 0) != 0 ? 0 : 1};
  if (is_op(node, "MatMul")) {
    const std::string& other = node.inputs[1 - reader.place];
    const std::size_t behind = reader.place == 0 ? 2 : 1;
    return {rank(other) < behind ? "" : other, rank(other) - std::min(behind, rank(other))};
  }
  return reader.place == 1 ? std::pair<std::string, std::size_t>(node.inputs[0], 2)
                           : std::pair<std::string, std::size_t>(node.outputs[0], 3);
}

// Sums of squares along the channels of a value.
struct Squares {
  std::vector<double> sums;
  double count = 0;

  void add(const Tensor& tensor, std::size_t axis) {
    if (!is_floating(tensor.dtype()) || axis >= tensor.rank()) return;
    const Tensor single = tensor.cast(DType::kFloat32);
    const auto channels = static_cast<std::size_t>(tensor.dim(axis));
    std::size_t inner = 1;
    for (std::size_t i = axis + 1; i < tensor.rank(); ++i) inner *= static_cast<std::size_t>(tensor.dim(i));
    sums.resize(std::max(sums.size(), channels));
    for (std::size_t i = 0; i < single.floats().size(); ++i) sums[i / inner % channels] += double{single.floats()[i]} * single.floats()[i];
    count += channels > 0 ? static_cast<double>(tensor.size()) / static_cast<double>(channels) : 0;
  }
};

using Watched = std::map<std::pair<std::string, std::size_t>, Squares>;  // by value and axis

void watch(const Model& model, const Tensors& rows, int threads, Watched& watched) {
  Model made = model;
  for (const auto& [what, squares] : watched) {
    const bool there = made.graph.input(what.first) || std::ranges::contains(made.graph.outputs, what.first, &ValueInfo::name);
    if (!there) made.graph.outputs.push_back({what.first, {}, {}, {}});
  }
  const Session session(made, {.threads = threads, .optimize = false});
  run_in_batches(session, rows, kBatchRows, [&](const Tensors& inputs, const Tensors& outputs, std::int64_t) {
    for (auto& [what, squares] : watched) {
      const auto found = outputs.find(what.first);
      squares.add(found == outputs.end() ? inputs.at(what.first) : found->second, what.second);
    }
  });
}

}  // namespace

std::optional<KernelPlaces> kernel_places(const Model& model, const Wiring& wiring, const std::string& weight) {
  const auto reader = reader_of(wiring, weight);
  const auto kernel = reader ? numbered(model, weight, reader->kernel) : std::nullopt;
  if (!kernel) return std::nullopt;
  const Node& node = wiring.node(reader->node);
  KernelPlaces places;
  std::tie(places.value, places.axis) = operand(wiring, node, *reader);
  const auto count = static_cast<std::size_t>(kernel->size());
  for (auto* list : {&places.in, &places.window, &places.out}) list->resize(count);
  for (std::uint32_t at = 0; at < count; ++at) {
    const auto element = static_cast<std::size_t>(kernel->floats()[at]);
    const Standing place = place_of(node, *reader, kernel->shape(), at);
    places.in[element] = place.in;
    places.window[element] = place.window;
    places.out[element] = place.out;
  }
  return places;
}

Activations input_norms(const Model& model, const std::vector<std::string>& weights, const Tensors& rows, int threads) {
  const Wiring wiring(model);
  std::map<std::string, KernelPlaces> places;
  Watched watched;
  for (const std::string& weight : weights)
    if (auto found = kernel_places(model, wiring, weight); found && !found->value.empty()) {
      watched[{found->value, found->axis}];
      places.emplace(weight, std::move(*found));
    }
  if (!places.empty()) watch(model, rows, threads, watched);
  Activations norms;
  for (const auto& [weight, place] : places) {
    const Squares& squares = watched.at({place.value, place.axis});
    if (std::ranges::any_of(squares.sums, [](double sum) { return !std::isfinite(sum); }))
      throw Error(ErrorCode::kInvalidArgument,
                  "\"" + place.value + "\", which weight \"" + weight + "\" multiplies, is not finite on these rows",
                  "fill missing values in, or leave the rows out");
    std::vector<float> each;
    for (const std::uint32_t in : place.in)
      each.push_back(in < squares.sums.size() ? static_cast<float>(std::sqrt(squares.sums[in] / std::max(1.0, squares.count))) : 0);
    norms.emplace(weight, std::move(each));
  }
  return norms;
}

}  // namespace upkeep::pruning
