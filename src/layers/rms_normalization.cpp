// y = scale * x / sqrt(mean(x^2) + epsilon), over the given axes of each example (Zhang & Sennrich 2019).   scale: the sizes of these axes

#include "layers/layer.hpp"
#include "layers/shared/axes.hpp"
#include "layers/shared/weight_settings.hpp"

namespace upkeep {
namespace layers {

struct RmsNormalizationOptions {
  Json axis = -1;
  double epsilon = 1e-6;
  bool trainable = true;
};

}  // namespace layers

template <>
const Settings settings<layers::RmsNormalizationOptions> = describe<layers::RmsNormalizationOptions>(
    "rms_normalization", "mean square 1 of each example",
    field("axis", &layers::RmsNormalizationOptions::axis, "the axes to normalize over, the last ones: a number or a list"),
    field("epsilon", &layers::RmsNormalizationOptions::epsilon, "added to the mean square", range(0.0, 1e30)),
    field("trainable", &layers::RmsNormalizationOptions::trainable, "whether training changes the scale"));

namespace layers {
namespace {

class RmsNormalization : public Layer {
 public:
  using Options = RmsNormalizationOptions;

  explicit RmsNormalization(Options options) : options_(std::move(options)) {
    in_context("rms_normalization.axis", [&] { from_json_checked<std::vector<std::int64_t>>(options_.axis); });
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    return {weight_spec("scale", sizes_of(inputs[0], axes(inputs[0])), {"ones"}, options_.trainable)};
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = ops.cast(context.inputs[0], DType::kFloat32);
    const Value mean_square = ops.reduce_mean(ops.mul(x, x), integers(axes(x.dims())), true);
    return ops.mul(ops.div(x, ops.sqrt(ops.add(mean_square, static_cast<float>(options_.epsilon)))), context.weight("scale"));
  }

 private:
  // Keras multiplies by the scale as it is, which means something for the last axes only.
  std::vector<std::size_t> axes(const Dims& input) const {
    std::vector<std::size_t> found = positive_axes(options_.axis, input, AxisSizes::kKnown);
    if (found.front() != input.size() - found.size())
      throw Error(ErrorCode::kUnsupported, "axis " + options_.axis.dump() + " is not the last of the input " + to_string(input),
                  "permute the input, or use layer_normalization");
    return found;
  }

  Options options_;
};

}  // namespace

void add_rms_normalization(LayerCatalog& catalog) { catalog.add(entry<RmsNormalization>("RMSNormalization")); }

}  // namespace layers
}  // namespace upkeep
