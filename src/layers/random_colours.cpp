// RandomBrightness: x + d (high - low).   RandomContrast: (x - mean) f + mean, the mean of each channel of a picture. Both clip to
// value_range. d and f are drawn for each picture while training.

#include "layers/shared/augmentation.hpp"

namespace upkeep {
namespace layers {

struct RandomBrightnessOptions : AugmentationOptions {
  Json factor = nullptr;
  Json value_range = {0, 255};
};

struct RandomContrastOptions : AugmentationOptions {
  Json factor = nullptr;
  Json value_range = {0, 255};
};

}  // namespace layers

template <>
const Settings settings<layers::RandomBrightnessOptions> = layers::describe_layer(
    "random_brightness", "makes pictures lighter or darker while training",
    field("factor", &layers::RandomBrightnessOptions::factor, "largest shift as a share of value_range, or [low, high]; must be given"),
    field("value_range", &layers::RandomBrightnessOptions::value_range, "least and largest value of a pixel"),
    layers::augmentation_fields<layers::RandomBrightnessOptions>());
template <>
const Settings settings<layers::RandomContrastOptions> = layers::describe_layer(
    "random_contrast", "spreads the values of pictures about their mean while training",
    field("factor", &layers::RandomContrastOptions::factor, "1 - low to 1 + high times as far: [low, high], or high alone; must be given"),
    field("value_range", &layers::RandomContrastOptions::value_range, "least and largest value of a pixel"),
    layers::augmentation_fields<layers::RandomContrastOptions>());

namespace layers {
namespace {

class RandomBrightness : public Augmentation {
 public:
  using Options = RandomBrightnessOptions;
  explicit RandomBrightness(const Options& options)
      : Augmentation(options),
        factor_(read_factor("random_brightness.factor", options.factor, {-1, 1})),
        range_(read_interval("random_brightness.value_range", options.value_range)) {}

 protected:
  Value change(const BuildContext& context, const Value& x) const override {
    Ops& ops = context.ops;
    const float width = range_.high - range_.low;
    const Value shift = draw(context, "shift", {factor_.low * width, factor_.high * width});
    return ops.clip(ops.add(x, shift), range_.low, range_.high);
  }

 private:
  Interval factor_;
  Interval range_;
};

class RandomContrast : public Augmentation {
 public:
  using Options = RandomContrastOptions;
  explicit RandomContrast(const Options& options)
      : Augmentation(options),
        factor_(read_factor("random_contrast.factor", options.factor, {0, 1})),
        range_(read_interval("random_contrast.value_range", options.value_range)) {}

 protected:
  Value change(const BuildContext& context, const Value& x) const override {
    Ops& ops = context.ops;
    const Value factor = draw(context, "contrast", {1 - factor_.low, 1 + factor_.high});
    const Value mean = ops.reduce_mean(x, {2, 3}, true);
    return ops.clip(ops.add(ops.mul(ops.sub(x, mean), factor), mean), range_.low, range_.high);
  }

 private:
  Interval factor_;
  Interval range_;
};

}  // namespace

void add_random_colours(LayerCatalog& catalog) {
  catalog.add(entry<RandomBrightness>("RandomBrightness"));
  catalog.add(entry<RandomContrast>("RandomContrast"));
}

}  // namespace layers
}  // namespace upkeep
