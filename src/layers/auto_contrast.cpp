// Stretches each channel of each picture over the whole of value_range: (x - low) (high' - low') / (high - low) + low'. A channel of one
// value stays as it is. In training and at inference alike.
//
// Least and largest values are those over the axes 1 and 2, as in Keras, which does not ask its data_format there.

#include "layers/shared/augmentation.hpp"
#include "layers/shared/window.hpp"

namespace upkeep {
namespace layers {

struct AutoContrastOptions {
  Json value_range = {0, 255};
  std::string data_format = "channels_last";
};

}  // namespace layers

template <>
const Settings settings<layers::AutoContrastOptions> = describe<layers::AutoContrastOptions>(
    "auto_contrast", "stretches the values of pictures over their range",
    field("value_range", &layers::AutoContrastOptions::value_range, "least and largest value of a pixel"),
    field("data_format", &layers::AutoContrastOptions::data_format, "kept for Keras", one_of({"channels_last", "channels_first"})));

namespace layers {
namespace {

class AutoContrast : public Layer {
 public:
  using Options = AutoContrastOptions;
  explicit AutoContrast(const Options& options) : range_(read_interval("auto_contrast.value_range", options.value_range)) {}

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = ops.cast(context.inputs[0], DType::kFloat32);
    if (x.rank() != 4) throw wrong_spatial_axes(x.dims(), 2);
    const float width = range_.high - range_.low;
    const Value places = ops.mul(ops.sub(x, range_.low), 255 / width);
    const Value low = ops.reduce("ReduceMin", places, {1, 2}, true);
    const Value high = ops.reduce_max(places, {1, 2}, true);
    const Value scale = ops.div(255.0F, ops.sub(high, low));
    const Value stretched = ops.clip(ops.sub(ops.mul(places, scale), ops.mul(low, scale)), 0, 255);
    return ops.where(ops.equal(low, high), x, ops.add(ops.mul(stretched, width / 255), range_.low));
  }

 private:
  Interval range_;
};

}  // namespace

void add_auto_contrast(LayerCatalog& catalog) { catalog.add(entry<AutoContrast>("AutoContrast")); }

}  // namespace layers
}  // namespace upkeep
