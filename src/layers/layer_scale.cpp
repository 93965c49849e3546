// Layers that models of keras.applications define for themselves.
//
// LayerScale (Touvron et al. 2021, ConvNeXt): x gamma, along the last axis.   gamma [projection_dim]
// StochasticDepth (Huang et al. 2016, ConvNeXt): while training, all of a sample is dropped with probability r, or divided by 1 - r.
// CustomScaleLayer (Inception-ResNet): a + scale b.

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/shared/merging.hpp"
#include "layers/shared/noise.hpp"
#include "layers/view/graph_view.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

struct LayerScaleOptions {
  double init_values = 1e-6;
  std::int64_t projection_dim = 0;
  bool trainable = true;
};

struct StochasticDepthOptions {
  double drop_path_rate = 0;
};

struct CustomScaleOptions {
  double scale = 1;
};

}  // namespace layers

template <>
const Settings settings<layers::LayerScaleOptions> = describe<layers::LayerScaleOptions>(
    "layer_scale", "a factor for each channel (of ConvNeXt)",
    field("init_values", &layers::LayerScaleOptions::init_values, "what the factors start as"),
    field("projection_dim", &layers::LayerScaleOptions::projection_dim, "number of channels; must be given", range(1, 1 << 24)),
    field("trainable", &layers::LayerScaleOptions::trainable, "whether training changes the factors"));
template <>
const Settings settings<layers::StochasticDepthOptions> = describe<layers::StochasticDepthOptions>(
    "stochastic_depth", "drops whole samples while training (of ConvNeXt)",
    field("drop_path_rate", &layers::StochasticDepthOptions::drop_path_rate, "share of the samples", range(0.0, 1.0)));
template <>
const Settings settings<layers::CustomScaleOptions> =
    describe<layers::CustomScaleOptions>("custom_scale_layer", "its first input and a multiple of its second (of Inception-ResNet)",
                                         field("scale", &layers::CustomScaleOptions::scale, "how much of the second"));

namespace layers {
namespace {

class LayerScale : public Layer {
 public:
  using Options = LayerScaleOptions;
  explicit LayerScale(Options options) : options_(std::move(options)) {
    if (options_.projection_dim == 0)
      throw Error(ErrorCode::kInvalidArgument, "layer_scale needs a number of channels", "such as projection_dim: 96");
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    const Dim channels = inputs[0].empty() ? Dim() : inputs[0].back();
    if (channels.known() && channels.value != options_.projection_dim)
      throw Error(ErrorCode::kInvalidArgument,
                  upkeep::format("it has {} factors and reads {} channels", options_.projection_dim, channels.value),
                  upkeep::format("projection_dim: {}", channels.value));
    return {{.name = "gamma",
             .shape = {options_.projection_dim},
             .initializer = {{"class_name", "Constant"}, {"config", {{"value", options_.init_values}}}},
             .trainable = options_.trainable}};
  }

  Value build(const BuildContext& context) const override {
    return context.ops.mul(context.ops.cast(context.inputs[0], DType::kFloat32), context.weight("gamma"));
  }

 private:
  Options options_;
};

class StochasticDepth : public Layer {
 public:
  using Options = StochasticDepthOptions;
  explicit StochasticDepth(Options options) : options_(std::move(options)) {}

  Value build(const BuildContext& context) const override {
    const Value x = context.inputs[0];
    if (!context.training || options_.drop_path_rate == 0) return x;
    Dims one_each = noise_dims(x.dims());
    for (std::size_t axis = 1; axis < one_each.size(); ++axis) one_each[axis] = 1;
    return drop(context, x, options_.drop_path_rate, one_each);
  }

 private:
  Options options_;
};

class CustomScaleLayer : public Layer {
 public:
  using Options = CustomScaleOptions;
  explicit CustomScaleLayer(Options options) : options_(std::move(options)) {}
  InputCount input_count() const override { return kTwoInputs; }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const std::vector<Value> inputs = in_one_type(ops, context.inputs);
    if (!any_channels_first(ops, inputs)) return sum(ops, inputs);
    return channels_last(ops, sum(ops, all_channels_first(ops, inputs)));
  }

 private:
  Value sum(Ops& ops, const std::vector<Value>& inputs) const {
    return ops.add(inputs[0], ops.mul(inputs[1], static_cast<float>(options_.scale)));
  }

  Options options_;
};

// A product with one constant for each channel of [batch, channels, ...].
std::optional<Recognised> recognise_layer_scale(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  const std::optional<Operand> operand = is_op(node, "Mul") ? constant_operand(graph, node) : std::nullopt;
  const Dims* input = operand ? dims(graph, operand->value) : nullptr;
  const std::optional<Tensor> gamma = input ? each_channel(operand->constant, *input) : std::nullopt;
  if (!gamma || gamma->size() == 1) return std::nullopt;
  return Recognised{.settings = {{"projection_dim", gamma->size()}},
                    .weights = {{"gamma", *gamma}},
                    .nodes = {index},
                    .inputs = {operand->value},
                    .output = node.outputs[0],
                    .before = {{"permute", permute_settings(channels_last_order(input->size()))}},
                    .after = {{"permute", permute_settings(channels_first_order(input->size()))}}};
}

}  // namespace

void add_layer_scale(LayerCatalog& catalog) {
  for (LayerEntry made : {entry<LayerScale>("LayerScale", recognise_layer_scale), entry<StochasticDepth>("StochasticDepth")}) {
    made.keras_module = "keras.src.applications.convnext";
    catalog.add(std::move(made));
  }
  LayerEntry scale = entry<CustomScaleLayer>("CustomScaleLayer");
  scale.keras_module = "keras.src.applications.inception_resnet_v2";
  scale.reads_list = true;
  catalog.add(std::move(scale));
}

}  // namespace layers
}  // namespace upkeep
