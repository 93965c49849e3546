// The elements of a row under another shape; one size may be -1, whatever is left.

#include <algorithm>
#include <ranges>

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/view/graph_view.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

struct ReshapeOptions {
  std::vector<std::int64_t> target_shape;
};

}  // namespace layers

template <>
const Settings settings<layers::ReshapeOptions> =
    describe<layers::ReshapeOptions>("reshape", "another shape of each row",
                                     field("target_shape", &layers::ReshapeOptions::target_shape,
                                           "sizes behind the batch, one of them may be -1: [4, 4, -1]; must be given"));

namespace layers {
namespace {

class Reshape : public Layer {
 public:
  using Options = ReshapeOptions;
  explicit Reshape(Options options) : target_(std::move(options.target_shape)) {
    const auto wrong = [](std::int64_t size) { return size < 1 && size != -1; };
    if (std::ranges::any_of(target_, wrong) || std::ranges::count(target_, -1) > 1)
      throw Error(ErrorCode::kInvalidArgument, "reshape.target_shape: " + Json(target_).dump() + " is no shape",
                  "sizes of 1 or more, one of them may be -1");
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    Value x = context.inputs[0];
    if (is_channel_vector(x) && has_channels_first(ops, x)) x = channels_first(ops, x);
    std::vector<std::int64_t> shape = resolved(context.inputs[0].dims());
    // The batch stays as it is, unless another size is open: Reshape infers one.
    shape.insert(shape.begin(), std::ranges::contains(shape, -1) ? 0 : -1);
    return ops.reshape(x, std::move(shape));
  }

 private:
  // With a number for -1 where the input's sizes are known.
  std::vector<std::int64_t> resolved(const Dims& input) const {
    std::int64_t row = 1, target = 1;
    for (const Dim& dim : input | std::views::drop(1)) {
      if (!dim.known()) return target_;
      row *= dim.value;
    }
    for (const std::int64_t size : target_) target *= size == -1 ? 1 : size;
    const bool open = std::ranges::contains(target_, -1);
    if (open ? row % target != 0 : row != target)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} has {} elements per row, the target shape {} {}", to_string(input), row,
                                                              Json(target_).dump(), open ? "does not divide them" : "has others"));
    std::vector<std::int64_t> shape = target_;
    std::ranges::replace(shape, -1, row / target);
    return shape;
  }

  std::vector<std::int64_t> target_;
};

// What one row holds, where that is known.
std::optional<std::int64_t> row_size(const Dims& dims) {
  std::int64_t row = 1;
  for (const Dim& dim : dims | std::views::drop(1))
    if (!dim.known() || __builtin_mul_overflow(row, dim.value, &row)) return std::nullopt;
  return row;
}

// The sizes behind the batch, where the batch stays: its size is copied (0) or is what the batch is, or all others are a row's (-1).
std::optional<std::vector<std::int64_t>> target_shape(std::vector<std::int64_t> sizes, const Dims& input) {
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    if (sizes[i] != 0) continue;  // 0: the input's size there
    if (i >= input.size() || !input[i].known()) return std::nullopt;
    sizes[i] = input[i].value;
  }
  const std::vector<std::int64_t> target(sizes.begin() + 1, sizes.end());
  const auto open = std::ranges::count(target, -1);
  const std::int64_t batch = sizes[0];
  if (open > 1 || (batch == -1 && open > 0)) return std::nullopt;
  std::int64_t product = 1;
  for (const std::int64_t size : target)
    if (size == 0 || size < -1 || __builtin_mul_overflow(product, size == -1 ? 1 : size, &product)) return std::nullopt;
  const std::optional<std::int64_t> row = row_size(input);
  const bool copied = batch == 0 || (input[0].known() && batch == input[0].value);
  if (!row) return copied && open == 1 ? std::optional(target) : std::nullopt;
  const bool fits = open == 1 ? *row % product == 0 : *row == product;
  return fits && (copied || batch == -1) ? std::optional(target) : std::nullopt;
}

std::optional<Recognised> recognise_reshape(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  if (!is_op(node, "Reshape") || node.inputs.size() != 2 || node.get<std::int64_t>("allowzero", 0) != 0) return std::nullopt;
  const std::optional<Tensor> shape = constant(graph, node.inputs[1]);
  const Dims* input = dims(graph, node.inputs[0]);
  if (!shape || shape->dtype() != DType::kInt64 || shape->size() < 2 || !input || input->empty()) return std::nullopt;
  const auto target = target_shape({shape->data<std::int64_t>().begin(), shape->data<std::int64_t>().end()}, *input);
  if (!target) return std::nullopt;
  return Recognised{.settings = {{"target_shape", *target}}, .nodes = {index}, .inputs = {node.inputs[0]}, .output = node.outputs[0]};
}

}  // namespace

void add_reshape(LayerCatalog& catalog) {
  LayerEntry made = entry<Reshape>("Reshape", recognise_reshape);
  made.channels_last = [](const Json& settings, const Dims& input) {
    return settings.at("target_shape").size() == 1 ? of_channel_vectors(settings, input) : std::nullopt;
  };
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
