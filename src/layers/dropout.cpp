// Training: each element is zero with probability `rate`, and the others are divided by 1 - rate, so that the expected sum stays
// (Srivastava et al. 2014). Inference: nothing.
//
// The random numbers are an input of the training graph: u uniform in [0, 1), and an element is kept where u >= rate.

#include "layers/layer.hpp"
#include "layers/shared/noise.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep {
namespace layers {

struct DropoutOptions {
  double rate = 0.5;
  Json noise_shape = nullptr;
  std::optional<std::int64_t> seed;
};

}  // namespace layers

template <>
const Settings settings<layers::DropoutOptions> =
    describe<layers::DropoutOptions>("dropout", "zeroes random elements while training",
                                     field("rate", &layers::DropoutOptions::rate, "share of the elements to drop", range(0.0, 1.0)),
                                     field("noise_shape", &layers::DropoutOptions::noise_shape,
                                           "shape of the mask with the batch, null for the input's size: [null, 1, 10]"),
                                     field("seed", &layers::DropoutOptions::seed, "kept for Keras; here the run's own seed decides"));

namespace layers {
namespace {

class Dropout : public Layer {
 public:
  using Options = DropoutOptions;
  explicit Dropout(Options options) : options_(std::move(options)) {
    in_context("dropout.noise_shape", [&] { check_noise_shape(options_.noise_shape); });
  }

  Value build(const BuildContext& context) const override {
    Value x = context.inputs[0];
    if (!context.training || options_.rate == 0) return x;
    return drop(context, x, options_.rate, noise_dims(x.dims(), options_.noise_shape));
  }

  bool supports_masking() const override { return true; }

 private:
  Options options_;
};

std::optional<Recognised> recognise_dropout(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  if (!is_op(node, "Dropout") || node.inputs.empty()) return std::nullopt;
  const bool mask_is_used = node.outputs.size() > 1 && (!graph.readers(node.outputs[1]).empty() || graph.is_output(node.outputs[1]));
  const bool training = (node.inputs.size() > 2 && !node.inputs[2].empty()) || node.find("is_test");
  if (mask_is_used || training) return std::nullopt;
  float rate = node.get<float>("ratio", 0.5F);  // an attribute before operator set 12
  if (node.inputs.size() > 1 && !node.inputs[1].empty()) rate = scalar_constant(graph, node.inputs[1]).value_or(-1);
  if (rate < 0 || rate > 1) return std::nullopt;
  return Recognised{.settings = {{"rate", shortest(rate)}}, .nodes = {index}, .inputs = {node.inputs[0]}, .output = node.outputs[0]};
}

}  // namespace

void add_dropout(LayerCatalog& catalog) {
  LayerEntry made = entry<Dropout>("Dropout", recognise_dropout);
  made.channels_last = in_any_order;
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
