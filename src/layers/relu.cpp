// Keras's ReLU layer: max(x, 0), with a slope below `threshold` and a flat top at `max_value`.

#include "layers/layer.hpp"
#include "layers/shared/activations.hpp"

namespace upkeep {
namespace layers {

struct ReluOptions {
  std::optional<double> max_value;
  double negative_slope = 0;
  double threshold = 0;
};

}  // namespace layers

template <>
const Settings settings<layers::ReluOptions> = describe<layers::ReluOptions>(
    "relu", "max(x, 0) as a layer",
    field("max_value", &layers::ReluOptions::max_value, "largest output; null for no limit", range(0.0, 1e30)),
    field("negative_slope", &layers::ReluOptions::negative_slope, "slope below the threshold", range(0.0, 1e30)),
    field("threshold", &layers::ReluOptions::threshold, "where the line begins", range(0.0, 1e30)));

namespace layers {
namespace {

class Relu : public Layer {
 public:
  using Options = ReluOptions;
  explicit Relu(const Options& options) : activation_(read_activation({{"class_name", "relu"}, {"config", to_json(options)}})) {}
  Value build(const BuildContext& context) const override {
    return activate(context.ops, context.ops.cast(context.inputs[0], DType::kFloat32), activation_);
  }
  bool supports_masking() const override { return true; }

 private:
  Activation activation_;
};

}  // namespace

void add_relu(LayerCatalog& catalog) { catalog.add(entry<Relu>("ReLU")); }

}  // namespace layers
}  // namespace upkeep
