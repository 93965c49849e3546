// Keras's Softmax layer: exp(x) / sum exp(x) along one axis.

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/shared/activations.hpp"

namespace upkeep {
namespace layers {

struct SoftmaxOptions {
  std::int64_t axis = -1;
};

}  // namespace layers

template <>
const Settings settings<layers::SoftmaxOptions> = describe<layers::SoftmaxOptions>(
    "softmax", "probabilities along one axis, as a layer", field("axis", &layers::SoftmaxOptions::axis, "the axis that sums to 1"));

namespace layers {
namespace {

constexpr float kNotCounted = -1e9F;  // Keras's score of what does not count

class Softmax : public Layer {
 public:
  using Options = SoftmaxOptions;
  explicit Softmax(const Options& options) : activation_(read_activation({{"class_name", "softmax"}, {"config", to_json(options)}})) {}
  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = ops.cast(context.inputs[0], DType::kFloat32);
    const Value mask = context.mask(0);
    if (!mask) return activate(ops, x, activation_);
    if (mask.rank() != x.rank())
      throw Error(ErrorCode::kUnsupported,
                  upkeep::format("a mask {} does not say which elements of {} count", to_string(mask.dims()), to_string(x.dims())),
                  "give it a mask of its input's shape, or make it an activation");
    const Value y = activate(ops, ops.where(mask, x, ops.constant(kNotCounted)), activation_);
    return context.mask_rules == MaskRules::kKeras2 ? y : ops.where(mask, y, ops.constant(0.0F));
  }
  bool supports_masking() const override { return true; }
  bool takes_mask() const override { return true; }

 private:
  Activation activation_;
};

}  // namespace

void add_softmax(LayerCatalog& catalog) { catalog.add(entry<Softmax>("Softmax")); }

}  // namespace layers
}  // namespace upkeep
