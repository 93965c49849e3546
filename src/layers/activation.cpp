// Applies an activation function as a layer of its own.

#include "layers/activations.hpp"
#include "layers/layer.hpp"

namespace upkeep {
namespace layers {

struct ActivationOptions {
  Json activation = nullptr;
};

}  // namespace layers

template <>
const Settings settings<layers::ActivationOptions> =
    describe<layers::ActivationOptions>("activation", "an activation function as a layer of its own",
                                        field("activation", &layers::ActivationOptions::activation, "activation function; null for none"));

namespace layers {
namespace {

class ActivationLayer : public Layer {
 public:
  using Options = ActivationOptions;
  explicit ActivationLayer(const Options& options)
      : activation_(in_context("activation.activation", [&] { return read_activation(options.activation); })) {}

  Value build(const BuildContext& context) const override {
    return activate(context.ops, context.ops.cast(context.inputs[0], DType::kFloat32), activation_);
  }
  bool supports_masking() const override { return true; }

 private:
  Activation activation_;
};

std::optional<Recognised> recognise_activation_layer(const Model& model, std::size_t index) {
  const auto found = recognise_activation(model, index);
  if (!found) return std::nullopt;
  return Recognised{.settings = {{"activation", activation_setting(found->activation)}},
                    .nodes = found->nodes,
                    .inputs = {found->input},
                    .output = found->output};
}

}  // namespace

void add_activation(LayerCatalog& catalog) { catalog.add(entry<ActivationLayer>("Activation", recognise_activation_layer)); }

}  // namespace layers
}  // namespace upkeep
