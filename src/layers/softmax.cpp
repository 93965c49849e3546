// Keras's Softmax layer: exp(x) / sum exp(x) along one axis.

#include "layers/activations.hpp"
#include "layers/layer.hpp"

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

class Softmax : public Layer {
 public:
  using Options = SoftmaxOptions;
  explicit Softmax(const Options& options) : activation_(read_activation({{"class_name", "softmax"}, {"config", to_json(options)}})) {}
  Value build(const BuildContext& context) const override {
    return activate(context.ops, context.ops.cast(context.inputs[0], DType::kFloat32), activation_);
  }
  bool supports_masking() const override { return true; }

 private:
  Activation activation_;
};

}  // namespace

void add_softmax(LayerCatalog& catalog) { catalog.add(entry<Softmax>("Softmax")); }

}  // namespace layers
}  // namespace upkeep
