// Applies an activation function as a layer of its own.

#include "layers/layer.hpp"
#include "layers/shared/activations.hpp"
#include "layers/view/layout.hpp"

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

std::optional<Recognised> recognise_activation_layer(const GraphView& graph, std::size_t index) {
  const auto found = recognise_activation(graph, index);
  if (!found) return std::nullopt;
  return Recognised{.settings = {{"activation", activation_setting(found->activation)}},
                    .nodes = found->nodes,
                    .inputs = {found->input},
                    .output = found->output};
}

std::optional<ChannelsLastForm> with_channels_at_the_end(Json settings, const Dims& input) {
  Activation activation = read_activation(settings.at("activation"));
  if (const auto axis = activation.parameters.find("axis"); axis != activation.parameters.end())
    *axis = channels_last_axis(axis->get<std::int64_t>(), input.size());
  settings["activation"] = activation_setting(activation);
  return ChannelsLastForm{std::move(settings)};
}

}  // namespace

void add_activation(LayerCatalog& catalog) {
  LayerEntry made = entry<ActivationLayer>("Activation", recognise_activation_layer);
  made.channels_last = with_channels_at_the_end;
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
