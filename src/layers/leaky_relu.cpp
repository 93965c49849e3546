// Keras's LeakyReLU layer: x above zero, negative_slope * x below. The layer's default slope is 0.3, the activation function's 0.2.

#include "layers/layer.hpp"
#include "layers/shared/activations.hpp"

namespace upkeep {
namespace layers {

struct LeakyReluOptions {
  double negative_slope = 0.3;
};

}  // namespace layers

template <>
const Settings settings<layers::LeakyReluOptions> = describe<layers::LeakyReluOptions>(
    "leaky_relu", "x above zero, a small slope below, as a layer",
    field("negative_slope", &layers::LeakyReluOptions::negative_slope, "slope below zero", range(0.0, 1e30)));

namespace layers {
namespace {

class LeakyRelu : public Layer {
 public:
  using Options = LeakyReluOptions;
  explicit LeakyRelu(const Options& options) : activation_(read_activation({{"class_name", "leaky_relu"}, {"config", to_json(options)}})) {}
  Value build(const BuildContext& context) const override {
    return activate(context.ops, context.ops.cast(context.inputs[0], DType::kFloat32), activation_);
  }
  bool supports_masking() const override { return true; }

 private:
  Activation activation_;
};

}  // namespace

void add_leaky_relu(LayerCatalog& catalog) { catalog.add(entry<LeakyRelu>("LeakyReLU")); }

}  // namespace layers
}  // namespace upkeep
