// y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, with a mean and a variance per example and group of channels (Wu & He 2018).
//
// groups: -1 is a group per channel, instance normalization.   gamma, beta [channels]
// With the axes before and after the channels put together, x is [batch, before, groups, channels / groups, after].

#include "base/format.hpp"
#include "layers/layer.hpp"
#include "layers/shared/axes.hpp"
#include "layers/shared/weight_settings.hpp"
#include "layers/view/graph_view.hpp"
#include "layers/view/layout.hpp"

namespace upkeep {
namespace layers {

struct GroupNormalizationOptions {
  std::int64_t groups = 32;
  std::int64_t axis = -1;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  WeightSettings beta{"zeros"};
  WeightSettings gamma{"ones"};
  bool trainable = true;
};

}  // namespace layers

template <>
const Settings settings<layers::GroupNormalizationOptions> = layers::describe_layer(
    "group_normalization", "mean 0 and variance 1 of each example's groups of channels",
    field("groups", &layers::GroupNormalizationOptions::groups, "number of groups; -1 for one per channel", range(-1, 1 << 24)),
    field("axis", &layers::GroupNormalizationOptions::axis, "the axis of the channels"),
    field("epsilon", &layers::GroupNormalizationOptions::epsilon, "added to the variance", range(0.0, 1e30)),
    field("center", &layers::GroupNormalizationOptions::center, "whether to add beta"),
    field("scale", &layers::GroupNormalizationOptions::scale, "whether to multiply by gamma"),
    layers::weight_fields("beta", &layers::GroupNormalizationOptions::beta),
    layers::weight_fields("gamma", &layers::GroupNormalizationOptions::gamma),
    field("trainable", &layers::GroupNormalizationOptions::trainable, "whether training changes the weights"));

namespace layers {
namespace {

class GroupNormalization : public Layer {
 public:
  using Options = GroupNormalizationOptions;

  explicit GroupNormalization(Options options) : options_(std::move(options)) {
    if (options_.groups == 0)
      throw Error(ErrorCode::kInvalidArgument, "groups: 0 is no number of groups", "1 or more, or -1 for instances");
    check(options_.beta, "group_normalization", "beta");
    check(options_.gamma, "group_normalization", "gamma");
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    const std::size_t axis = positive_axis(options_.axis, inputs[0], AxisSizes::kKnown);
    const std::int64_t channels = inputs[0][axis].value;
    if (axis == 0) throw Error(ErrorCode::kInvalidArgument, "axis 0 is the batch");
    if (channels % groups(channels) != 0)
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} channels do not fall into {} groups", channels, options_.groups),
                  "a divisor of the number of channels, or -1 for one group each");
    std::vector<WeightSpec> all;
    if (options_.scale) all.push_back(weight_spec("gamma", {channels}, options_.gamma, options_.trainable));
    if (options_.center) all.push_back(weight_spec("beta", {channels}, options_.beta, options_.trainable));
    return all;
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = context.inputs[0];
    const std::size_t axis = positive_axis(options_.axis, x.dims());
    if (axis + 1 != x.rank() || !has_channels_first(ops, x)) return normalized(context, ops.cast(x, DType::kFloat32), axis);
    return channels_last(ops, normalized(context, ops.cast(channels_first(ops, x), DType::kFloat32), 1));
  }

  bool supports_masking() const override { return true; }

 private:
  Value normalized(const BuildContext& context, Value x, std::size_t axis) const {
    Ops& ops = context.ops;
    const Dims& dims = x.dims();
    const Value grouped = ops.reshape(x, grouped_shape(dims, axis));
    const Value away = ops.sub(grouped, ops.reduce_mean(grouped, {1, 3, 4}, true));
    const Value variance = ops.reduce_mean(ops.mul(away, away), {1, 3, 4}, true);
    Value y = ops.div(away, ops.sqrt(ops.add(variance, static_cast<float>(options_.epsilon))));
    y = ops.reshape(y, ops.shape(x));
    if (options_.scale) y = ops.mul(y, over_axes(ops, context.weight("gamma"), {axis}, dims));
    return options_.center ? ops.add(y, over_axes(ops, context.weight("beta"), {axis}, dims)) : y;
  }

  std::int64_t groups(std::int64_t channels) const { return options_.groups < 0 ? channels : options_.groups; }

  // The product of some sizes, -1 when one is unknown.
  static std::int64_t product(const Dims& dims, std::size_t begin, std::size_t end) {
    std::int64_t all = 1;
    for (std::size_t i = begin; i < end; ++i) all = dims[i].known() && all >= 0 ? all * dims[i].value : -1;
    return all;
  }

  std::vector<std::int64_t> grouped_shape(const Dims& dims, std::size_t axis) const {
    const std::int64_t channels = dims[axis].value;
    const std::int64_t before = product(dims, 1, axis);
    const std::int64_t after = product(dims, axis + 1, dims.size());
    if (before < 0 && after < 0)
      throw Error(ErrorCode::kUnsupported, "it needs known sizes before or behind the channels, got " + to_string(dims));
    return {0, before, groups(channels), channels / groups(channels), after};
  }

  Options options_;
};

// InstanceNormalization, and GroupNormalization of operator set 21.
std::optional<Recognised> recognise_operator(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  const bool instance = is_op(node, "InstanceNormalization");
  const auto opset = graph.opsets.find("");
  if (!instance && (!is_op(node, "GroupNormalization") || opset == graph.opsets.end() || opset->second < 21)) return std::nullopt;
  const Dims* input = dims(graph, node.inputs.at(0));
  if (!input || input->size() < 3 || !(*input)[1].known() || node.inputs.size() < 3) return std::nullopt;
  const std::optional<Tensor> gamma = float_constant(graph, node.inputs[1]);
  const std::optional<Tensor> beta = float_constant(graph, node.inputs[2]);
  const Shape shape = {(*input)[1].value};
  if (!gamma || gamma->shape() != shape || !beta || beta->shape() != shape) return std::nullopt;
  return Recognised{.settings = {{"groups", instance ? -1 : node.get<std::int64_t>("num_groups", 1)},
                                 {"axis", 1},
                                 {"epsilon", shortest(node.get<float>("epsilon", 1e-5F))}},
                    .weights = {{"gamma", *gamma}, {"beta", *beta}},
                    .nodes = {index},
                    .inputs = {node.inputs[0]},
                    .output = node.outputs[0]};
}

// Whether a constant is the number, everywhere.
bool all_are(const GraphView& graph, const std::string& value, float number) {
  const std::optional<Tensor> tensor = float_constant(graph, value);
  return tensor && std::ranges::all_of(tensor->data<float>(), [&](float one) { return one == number; });
}

// Takes in the node `op` that alone reads what was found, if it has a number for each channel.
bool take_by_channel(const GraphView& graph, std::string_view op, const Dims& input, const char* weight, Recognised& found) {
  const std::optional<std::size_t> next = graph.only_reader(found.output);
  if (!next || !is_op(graph.nodes[*next], op)) return false;
  const std::optional<Operand> operand = constant_operand(graph, graph.nodes[*next]);
  const std::optional<Tensor> numbers = operand ? each_channel(operand->constant, input) : std::nullopt;
  if (!numbers) return false;
  found.weights.emplace_back(weight, *numbers);
  found.nodes.push_back(*next);
  found.output = graph.nodes[*next].outputs[0];
  return true;
}

// As PyTorch writes it for operator sets without GroupNormalization: [batch, groups, rest], each of them normalised, and back.
std::optional<Recognised> recognise_groups_apart(const GraphView& graph, std::size_t index) {
  const Node& apart = graph.nodes[index];
  if (!is_op(apart, "Reshape")) return std::nullopt;
  const Dims* input = dims(graph, apart.inputs[0]);
  const Dims* groups = dims(graph, apart.outputs[0]);
  const std::optional<std::size_t> inside = graph.only_reader(apart.outputs[0]);
  if (!input || input->size() < 3 || !groups || groups->size() != 3 || !(*groups)[1].known() || !inside) return std::nullopt;
  const Node& instance = graph.nodes[*inside];
  if (!is_op(instance, "InstanceNormalization") || !all_are(graph, instance.inputs[1], 1) || !all_are(graph, instance.inputs[2], 0))
    return std::nullopt;
  const std::optional<std::size_t> end = graph.only_reader(instance.outputs[0]);
  const Dims* output = end && is_op(graph.nodes[*end], "Reshape") ? dims(graph, graph.nodes[*end].outputs[0]) : nullptr;
  if (!output || output->size() != input->size()) return std::nullopt;
  for (std::size_t i = 1; i < input->size(); ++i)
    if (!(*input)[i].known() || (*input)[i] != (*output)[i]) return std::nullopt;
  if ((*input)[1].value % (*groups)[1].value != 0) return std::nullopt;
  Recognised found{.settings = {{"groups", (*groups)[1].value}, {"axis", 1}, {"epsilon", shortest(instance.get<float>("epsilon", 1e-5F))}},
                   .nodes = {index, *inside, *end},
                   .inputs = {apart.inputs[0]},
                   .output = graph.nodes[*end].outputs[0]};
  if (!take_by_channel(graph, "Mul", *input, "gamma", found)) found.settings["scale"] = false;
  if (!take_by_channel(graph, "Add", *input, "beta", found)) found.settings["center"] = false;
  return found;
}

}  // namespace

void add_group_normalization(LayerCatalog& catalog) {
  LayerEntry made = entry<GroupNormalization>("GroupNormalization", [](const GraphView& graph, std::size_t node) {
    std::optional<Recognised> found = recognise_operator(graph, node);
    return found ? found : recognise_groups_apart(graph, node);
  });
  made.channels_last = with_axis_moved;
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
