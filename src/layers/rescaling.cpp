// y = scale * x + offset; one number each, or one per element of the last axis.

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/view/graph_view.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

struct RescalingOptions {
  std::vector<double> scale;
  std::vector<double> offset = {0};
};

}  // namespace layers

template <>
const Settings settings<layers::RescalingOptions> = describe<layers::RescalingOptions>(
    "rescaling", "scale * x + offset",
    field("scale", &layers::RescalingOptions::scale, "factor; must be given. A list: one for each element of the last axis"),
    field("offset", &layers::RescalingOptions::offset, "added after scaling; a number or a list"));

namespace layers {
namespace {

class Rescaling : public Layer {
 public:
  using Options = RescalingOptions;
  explicit Rescaling(Options options) : options_(std::move(options)) {
    if (options_.scale.empty() || options_.offset.empty())
      throw Error(ErrorCode::kInvalidArgument, "rescaling needs a scale", "such as scale: 0.00392, offset: 0");
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = ops.cast(context.inputs[0], DType::kFloat32);
    if (options_.scale.size() > 1 || options_.offset.size() > 1) return rescale(ops, x);
    return elementwise(ops, x, [&](Value value) { return rescale(ops, std::move(value)); });
  }

 private:
  Value rescale(Ops& ops, Value y) const {
    if (!all_are(options_.scale, 1)) y = ops.mul(y, numbers(ops, "scale", options_.scale, y.dims()));
    if (!all_are(options_.offset, 0)) y = ops.add(y, numbers(ops, "offset", options_.offset, y.dims()));
    return y;
  }
  // Keras 2 hands no mask on.
  Value mask(const BuildContext& context) const override { return context.mask_rules == MaskRules::kKeras2 ? Value() : context.mask(0); }

  static bool all_are(const std::vector<double>& values, double number) {
    return std::ranges::all_of(values, [&](double value) { return value == number; });
  }

  static Value numbers(Ops& ops, const char* name, const std::vector<double>& values, const Dims& input) {
    std::vector<float> floats(values.begin(), values.end());
    if (floats.size() == 1) return ops.constant(floats[0]);
    const auto size = static_cast<std::int64_t>(floats.size());
    if (input.empty() || (input.back().known() && input.back().value != size))
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} has {} numbers, the input is {}", name, size, to_string(input)));
    return ops.constant(Tensor({size}, std::move(floats)));
  }

  Options options_;
};

std::optional<Recognised> recognise_rescaling(const GraphView& graph, std::size_t index) {
  const std::optional<Affine> chain = affine_chain(graph, index);
  if (!chain || chain->scale.size() != 1) return std::nullopt;
  return Recognised{.settings = {{"scale", chain->scale[0]}, {"offset", chain->offset[0]}},
                    .nodes = chain->nodes,
                    .inputs = {chain->input},
                    .output = chain->output};
}

}  // namespace

void add_rescaling(LayerCatalog& catalog) {
  LayerEntry made = entry<Rescaling>("Rescaling", recognise_rescaling);
  made.channels_last = in_any_order;  // what is recognised has one number each
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
