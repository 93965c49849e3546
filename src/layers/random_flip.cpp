// Mirrors half of the pictures while training. One chance decides for both directions, as in Keras.

#include <limits>

#include "layers/shared/augmentation.hpp"

namespace upkeep {
namespace layers {

struct RandomFlipOptions : AugmentationOptions {
  std::string mode = "horizontal_and_vertical";
};

}  // namespace layers

template <>
const Settings settings<layers::RandomFlipOptions> = layers::describe_layer(
    "random_flip", "mirrors pictures while training",
    field("mode", &layers::RandomFlipOptions::mode, "which way", one_of({"horizontal", "vertical", "horizontal_and_vertical"})),
    layers::augmentation_fields<layers::RandomFlipOptions>());

namespace layers {
namespace {

class RandomFlip : public Augmentation {
 public:
  using Options = RandomFlipOptions;
  explicit RandomFlip(const Options& options) : Augmentation(options), mode_(options.mode) {}

 protected:
  Value change(const BuildContext& context, const Value& x) const override {
    Ops& ops = context.ops;
    Value flipped = x;
    if (mode_ != "vertical") flipped = mirrored(ops, flipped, 3);
    if (mode_ != "horizontal") flipped = mirrored(ops, flipped, 2);
    const Value stays = ops.greater(draw(context, "flip", {0, 1}), 0.5F);
    return ops.where(stays, x, flipped);
  }

 private:
  static Value mirrored(Ops& ops, const Value& x, std::int64_t axis) {
    return ops.node("Slice", {x, ops.ints({-1}), ops.ints({std::numeric_limits<std::int64_t>::min()}), ops.ints({axis}), ops.ints({-1})});
  }

  std::string mode_;
};

}  // namespace

void add_random_flip(LayerCatalog& catalog) { catalog.add(entry<RandomFlip>("RandomFlip")); }

}  // namespace layers
}  // namespace upkeep
