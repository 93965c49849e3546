// y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, per channel (Ioffe & Szegedy 2015).
//
// Training takes mean and biased variance of the batch and moves moving_mean and moving_variance towards them:
// moving = momentum * moving + (1 - momentum) * batch.   Inference, and a layer with trainable: false, takes the moving ones.
// Masked steps do not count; their sums are divided by count + 1e-7, as Keras does it.

#include "layers/layer.hpp"
#include "layers/shared/axes.hpp"
#include "layers/shared/initializers.hpp"
#include "layers/shared/weight_settings.hpp"
#include "layers/view/graph_view.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

struct BatchNormalizationOptions {
  std::int64_t axis = -1;
  double momentum = 0.99;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  WeightSettings beta{"zeros"};
  WeightSettings gamma{"ones"};
  Json moving_mean_initializer = "zeros";
  Json moving_variance_initializer = "ones";
  bool renorm = false;
  Json renorm_clipping = nullptr;
  double renorm_momentum = 0.99;
  bool synchronized = false;
  bool trainable = true;
};

}  // namespace layers

template <>
const Settings settings<layers::BatchNormalizationOptions> = layers::describe_layer(
    "batch_normalization", "mean 0 and variance 1 per channel, by statistics of the batch while training, moving ones afterwards",
    field("axis", &layers::BatchNormalizationOptions::axis, "the axis of the channels"),
    field("momentum", &layers::BatchNormalizationOptions::momentum, "what the moving statistics keep of themselves per step",
          range(0.0, 1.0)),
    field("epsilon", &layers::BatchNormalizationOptions::epsilon, "added to the variance", range(0.0, 1e30)),
    field("center", &layers::BatchNormalizationOptions::center, "whether to add beta"),
    field("scale", &layers::BatchNormalizationOptions::scale, "whether to multiply by gamma"),
    layers::weight_fields("beta", &layers::BatchNormalizationOptions::beta),
    layers::weight_fields("gamma", &layers::BatchNormalizationOptions::gamma),
    field("moving_mean_initializer", &layers::BatchNormalizationOptions::moving_mean_initializer, "how the moving mean starts"),
    field("moving_variance_initializer", &layers::BatchNormalizationOptions::moving_variance_initializer, "how the moving variance starts"),
    field("renorm", &layers::BatchNormalizationOptions::renorm, "false; batch renormalization is not supported"),
    field("renorm_clipping", &layers::BatchNormalizationOptions::renorm_clipping, "kept for Keras; means nothing without renorm"),
    field("renorm_momentum", &layers::BatchNormalizationOptions::renorm_momentum, "kept for Keras; means nothing without renorm"),
    field("synchronized", &layers::BatchNormalizationOptions::synchronized, "kept for Keras; one process sees the whole batch"),
    field("trainable", &layers::BatchNormalizationOptions::trainable, "whether training changes weights and statistics"));

namespace layers {
namespace {

struct BatchMoments {
  Value mean;
  Value variance;
};

class BatchNormalization : public Layer {
 public:
  using Options = BatchNormalizationOptions;

  explicit BatchNormalization(Options options) : options_(std::move(options)) {
    if (options_.renorm)
      throw Error(ErrorCode::kUnsupported, "batch renormalization (renorm: true) is not supported", "plain batch normalization is");
    check(options_.beta, "batch_normalization", "beta");
    check(options_.gamma, "batch_normalization", "gamma");
    in_context("batch_normalization.moving_mean_initializer", [&] { full_initializer(options_.moving_mean_initializer); });
    in_context("batch_normalization.moving_variance_initializer", [&] { full_initializer(options_.moving_variance_initializer); });
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    const Shape shape = {inputs[0][positive_axis(options_.axis, inputs[0], AxisSizes::kKnown)].value};
    std::vector<WeightSpec> all;
    if (options_.scale) all.push_back(weight_spec("gamma", shape, options_.gamma, options_.trainable));
    if (options_.center) all.push_back(weight_spec("beta", shape, options_.beta, options_.trainable));
    all.push_back(weight_spec("moving_mean", shape, {options_.moving_mean_initializer}, false));
    all.push_back(weight_spec("moving_variance", shape, {options_.moving_variance_initializer}, false));
    return all;
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = ops.cast(context.inputs[0], DType::kFloat32);
    const std::size_t axis = positive_axis(options_.axis, x.dims());
    const bool masked = context.training && options_.trainable && context.mask(0);
    if (!masked && axis + 1 == x.rank() && has_channels_first(ops, context.inputs[0]))
      return channels_last(ops, over(context, ops.cast(channels_first(ops, context.inputs[0]), DType::kFloat32), 1));
    return over(context, x, axis);
  }

  bool supports_masking() const override { return true; }
  bool takes_mask() const override { return true; }

 private:
  Value over(const BuildContext& context, Value x, std::size_t axis) const {
    if (!context.training || !options_.trainable) return with_moving_statistics(context, x, axis);
    const Value mask = context.mask(0);
    const BatchMoments batch = mask ? masked_moments(context.ops, x, mask, axis) : moments(context.ops, x, axis);
    follow(context, "moving_mean", batch.mean, x.dims()[axis]);
    follow(context, "moving_variance", batch.variance, x.dims()[axis]);
    return normalized(context, x, axis, batch);
  }

  // The operator where the channels are where ONNX has them, so that runtimes fold it into what stands before.
  Value with_moving_statistics(const BuildContext& context, Value x, std::size_t axis) const {
    Ops& ops = context.ops;
    const Dims& dims = x.dims();
    const Value mean = context.weight("moving_mean");
    const Value variance = context.weight("moving_variance");
    if (axis != 1) return normalized(context, x, axis, {over_axes(ops, mean, {axis}, dims), over_axes(ops, variance, {axis}, dims)});
    const Shape shape = {dims[1].value};
    const Value gamma = options_.scale ? context.weight("gamma") : ops.constant(Tensor::full(shape, 1.0F));
    const Value beta = options_.center ? context.weight("beta") : ops.constant(Tensor::full(shape, 0.0F));
    return ops.node("BatchNormalization", {x, gamma, beta, mean, variance}, {{"epsilon", static_cast<float>(options_.epsilon)}});
  }

  Value normalized(const BuildContext& context, Value x, std::size_t axis, const BatchMoments& statistics) const {
    Ops& ops = context.ops;
    Value factor = ops.reciprocal(ops.sqrt(ops.add(statistics.variance, static_cast<float>(options_.epsilon))));
    if (options_.scale) factor = ops.mul(factor, over_axes(ops, context.weight("gamma"), {axis}, x.dims()));
    const Value y = ops.mul(ops.sub(x, statistics.mean), factor);
    return options_.center ? ops.add(y, over_axes(ops, context.weight("beta"), {axis}, x.dims())) : y;
  }

  static BatchMoments moments(Ops& ops, Value x, std::size_t axis) {
    const std::vector<std::int64_t> axes = all_but({axis}, x.rank());
    const Value mean = ops.reduce_mean(x, axes, true);
    const Value away = ops.sub(x, mean);
    return {mean, ops.reduce_mean(ops.mul(away, away), axes, true)};
  }

  static BatchMoments masked_moments(Ops& ops, Value x, Value mask, std::size_t axis) {
    constexpr float kKerasEpsilon = 1e-7F;
    const std::vector<std::int64_t> axes = all_but({axis}, x.rank());
    std::vector<std::int64_t> added;
    for (std::size_t i = mask.rank(); i < x.rank(); ++i) added.push_back(static_cast<std::int64_t>(i));
    const Value counts = ops.expand(ops.unsqueeze(ops.cast(mask, DType::kFloat32), added), ops.shape(x));
    const Value divisor = ops.add(ops.reduce_sum(counts, axes, true), kKerasEpsilon);
    const Value mean = ops.div(ops.reduce_sum(ops.mul(x, counts), axes, true), divisor);
    const Value away = ops.mul(ops.sub(x, mean), counts);
    return {mean, ops.div(ops.reduce_sum(ops.mul(away, away), axes, true), divisor)};
  }

  void follow(const BuildContext& context, const std::string& weight, Value batch, const Dim& channels) const {
    Ops& ops = context.ops;
    const Value now = ops.reshape(batch, {channels.value});
    const auto momentum = static_cast<float>(options_.momentum);
    const auto rest = static_cast<float>(1 - options_.momentum);
    context.update(weight, ops.add(ops.mul(context.weight(weight), momentum), ops.mul(now, rest)));
  }

  Options options_;
};

std::optional<Recognised> recognise_batch_normalization(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  if (!is_op(node, "BatchNormalization") || node.inputs.size() < 5 || node.get<std::int64_t>("training_mode", 0) != 0) return std::nullopt;
  const Dims* input = dims(graph, node.inputs[0]);
  if (!input || input->size() < 2 || !(*input)[1].known()) return std::nullopt;
  Recognised found{.nodes = {index}, .inputs = {node.inputs[0]}, .output = node.outputs[0]};
  static constexpr const char* kNames[] = {"gamma", "beta", "moving_mean", "moving_variance"};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::optional<Tensor> weight = float_constant(graph, node.inputs[i + 1]);
    if (!weight || weight->shape() != Shape{(*input)[1].value}) return std::nullopt;
    found.weights.emplace_back(kNames[i], *weight);
  }
  if (input->size() > 2) found.settings["axis"] = 1;
  found.settings["epsilon"] = shortest(node.get<float>("epsilon", 1e-5F));
  found.settings["momentum"] = shortest(node.get<float>("momentum", 0.9F));
  return found;
}

}  // namespace

void add_batch_normalization(LayerCatalog& catalog) {
  LayerEntry made = entry<BatchNormalization>("BatchNormalization", recognise_batch_normalization);
  made.channels_last = with_axis_moved;
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
