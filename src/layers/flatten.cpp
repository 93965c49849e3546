// [batch, a, b, ...] -> [batch, a * b * ...]

#include <algorithm>

#include "layers/layer.hpp"
#include "layers/view/graph_view.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

struct FlattenOptions {
  std::string data_format = "channels_last";
};

}  // namespace layers

template <>
const Settings settings<layers::FlattenOptions> = describe<layers::FlattenOptions>(
    "flatten", "all axes behind the batch as one",
    field("data_format", &layers::FlattenOptions::data_format, "channels_first: the second axis is moved to the end before",
          one_of({"channels_last", "channels_first"})));

namespace layers {
namespace {

class Flatten : public Layer {
 public:
  using Options = FlattenOptions;
  explicit Flatten(Options options) : options_(std::move(options)) {}

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    Value x = context.inputs[0];
    if (x.rank() == 2) return x;
    if (options_.data_format == "channels_first") x = channels_last(ops, x);
    if (is_channel_vector(x) && has_channels_first(ops, x)) x = channels_first(ops, x);
    return ops.node("Flatten", {x}, {{"axis", std::int64_t{1}, {}}});
  }

 private:
  Options options_;
};

// Reshape to [0, -1], or to [-1, n] where n is what one row holds.
bool flattens(const GraphView& graph, const Node& node) {
  const std::optional<Tensor> shape = node.inputs.size() == 2 ? constant(graph, node.inputs[1]) : std::nullopt;
  if (!shape || shape->dtype() != DType::kInt64 || shape->size() != 2 || node.get<std::int64_t>("allowzero", 0) != 0) return false;
  const auto sizes = shape->data<std::int64_t>();
  if (sizes[0] == 0 && sizes[1] == -1) return true;
  const Dims* input = dims(graph, node.inputs[0]);
  if (!input || input->empty()) return false;
  std::int64_t row = 1;
  for (std::size_t i = 1; i < input->size(); ++i) {
    if (!(*input)[i].known() || __builtin_mul_overflow(row, (*input)[i].value, &row)) return false;
  }
  const bool whole_batch = sizes[0] == -1 || (input->front().known() && sizes[0] == input->front().value);
  return whole_batch && (sizes[1] == row || (sizes[1] == -1 && sizes[0] != -1));
}

std::optional<Recognised> recognise_flatten(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  const bool flatten = is_op(node, "Flatten") && node.get<std::int64_t>("axis", 1) == 1;
  if (!flatten && !(is_op(node, "Reshape") && flattens(graph, node))) return std::nullopt;
  return Recognised{.nodes = {index}, .inputs = {node.inputs[0]}, .output = node.outputs[0]};
}

}  // namespace

void add_flatten(LayerCatalog& catalog) {
  LayerEntry made = entry<Flatten>("Flatten", recognise_flatten);
  made.channels_last = of_channel_vectors;
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
