// Keras's ELU layer: x above zero, alpha * (exp(x) - 1) below (Clevert et al. 2015).

#include "layers/layer.hpp"
#include "layers/shared/activations.hpp"

namespace upkeep {
namespace layers {

struct EluOptions {
  double alpha = 1;
};

}  // namespace layers

template <>
const Settings settings<layers::EluOptions> = describe<layers::EluOptions>(
    "elu", "x above zero, alpha (exp(x) - 1) below, as a layer", field("alpha", &layers::EluOptions::alpha, "how far below zero it goes"));

namespace layers {
namespace {

class Elu : public Layer {
 public:
  using Options = EluOptions;
  explicit Elu(const Options& options) : activation_(read_activation({{"class_name", "elu"}, {"config", to_json(options)}})) {}
  Value build(const BuildContext& context) const override {
    return activate(context.ops, context.ops.cast(context.inputs[0], DType::kFloat32), activation_);
  }
  bool supports_masking() const override { return true; }

 private:
  Activation activation_;
};

}  // namespace

void add_elu(LayerCatalog& catalog) { catalog.add(entry<Elu>("ELU")); }

}  // namespace layers
}  // namespace upkeep
