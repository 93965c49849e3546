// y = x / max(|x|, 1e-12), |x| the Euclidean norm over the given axes of each example.
//
// The square is kept above 1e-24 instead, so that the gradient at zero is a number.

#include "layers/layer.hpp"
#include "layers/shared/axes.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep {
namespace layers {

struct UnitNormalizationOptions {
  Json axis = -1;
};

}  // namespace layers

template <>
const Settings settings<layers::UnitNormalizationOptions> = describe<layers::UnitNormalizationOptions>(
    "unit_normalization", "length 1 of each example",
    field("axis", &layers::UnitNormalizationOptions::axis, "the axes to normalize over: a number or a list"));

namespace layers {
namespace {

class UnitNormalization : public Layer {
 public:
  using Options = UnitNormalizationOptions;

  explicit UnitNormalization(Options options) : options_(std::move(options)) {
    in_context("unit_normalization.axis", [&] { from_json_checked<std::vector<std::int64_t>>(options_.axis); });
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = ops.cast(context.inputs[0], DType::kFloat32);
    const Value square = ops.reduce_sum(ops.mul(x, x), integers(positive_axes(options_.axis, x.dims())), true);
    return ops.div(x, ops.sqrt(ops.max(square, ops.constant(1e-24F))));
  }

  bool supports_masking() const override { return true; }

 private:
  Options options_;
};

std::optional<Recognised> recognise_unit_normalization(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  if (!is_op(node, "LpNormalization") || node.get<std::int64_t>("p", 2) != 2) return std::nullopt;
  return Recognised{
      .settings = {{"axis", node.get<std::int64_t>("axis", -1)}}, .nodes = {index}, .inputs = {node.inputs[0]}, .output = node.outputs[0]};
}

}  // namespace

void add_unit_normalization(LayerCatalog& catalog) {
  LayerEntry made = entry<UnitNormalization>("UnitNormalization", recognise_unit_normalization);
  made.channels_last = with_axis_moved;
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
