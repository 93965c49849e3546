// y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, over the given axes of each example (Ba et al. 2016).
//
// ONNX's LayerNormalization for the last axes, its formula for others.   gamma, beta: the sizes of these axes.
// Keras's rms_scaling divides by the deviation without subtracting the mean, and has no beta.

#include <algorithm>
#include <ranges>
#include <tuple>

#include "layers/layer.hpp"
#include "layers/shared/axes.hpp"
#include "layers/shared/weight_settings.hpp"
#include "layers/view/graph_view.hpp"

namespace upkeep {
namespace layers {

struct LayerNormalizationOptions {
  Json axis = -1;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  bool rms_scaling = false;
  WeightSettings beta{"zeros"};
  WeightSettings gamma{"ones"};
  bool trainable = true;
};

}  // namespace layers

template <>
const Settings settings<layers::LayerNormalizationOptions> = layers::describe_layer(
    "layer_normalization", "mean 0 and variance 1 of each example",
    field("axis", &layers::LayerNormalizationOptions::axis, "the axes to normalize over: a number or a list"),
    field("epsilon", &layers::LayerNormalizationOptions::epsilon, "added to the variance", range(0.0, 1e30)),
    field("center", &layers::LayerNormalizationOptions::center, "whether to add beta"),
    field("scale", &layers::LayerNormalizationOptions::scale, "whether to multiply by gamma"),
    field("rms_scaling", &layers::LayerNormalizationOptions::rms_scaling, "divide only, subtract nothing; see rms_normalization"),
    layers::weight_fields("beta", &layers::LayerNormalizationOptions::beta),
    layers::weight_fields("gamma", &layers::LayerNormalizationOptions::gamma),
    field("trainable", &layers::LayerNormalizationOptions::trainable, "whether training changes the weights"));

namespace layers {
namespace {

class LayerNormalization : public Layer {
 public:
  using Options = LayerNormalizationOptions;

  explicit LayerNormalization(Options options) : options_(std::move(options)) {
    in_context("layer_normalization.axis", [&] { from_json_checked<std::vector<std::int64_t>>(options_.axis); });
    check(options_.beta, "layer_normalization", "beta");
    check(options_.gamma, "layer_normalization", "gamma");
  }

  std::vector<WeightSpec> weights(const std::vector<Dims>& inputs) const override {
    const Shape shape = sizes_of(inputs[0], positive_axes(options_.axis, inputs[0], AxisSizes::kKnown));
    std::vector<WeightSpec> all;
    if (scales()) all.push_back(weight_spec("gamma", shape, options_.gamma, options_.trainable));
    if (centers()) all.push_back(weight_spec("beta", shape, options_.beta, options_.trainable));
    return all;
  }

  Value build(const BuildContext& context) const override {
    Ops& ops = context.ops;
    const Value x = ops.cast(context.inputs[0], DType::kFloat32);
    const std::vector<std::size_t> axes = positive_axes(options_.axis, x.dims());
    const bool last_ones = axes.front() == x.rank() - axes.size();
    const auto epsilon = static_cast<float>(options_.epsilon);
    if (last_ones && !options_.rms_scaling) {
      const Value gamma = scales() ? context.weight("gamma") : ops.constant(Tensor::full(sizes_of(x.dims(), axes), 1.0F));
      return ops.node("LayerNormalization", {x, gamma, centers() ? context.weight("beta") : Value()},
                      {{"axis", static_cast<std::int64_t>(axes.front())}, {"epsilon", epsilon}});
    }
    const Value away = ops.sub(x, ops.reduce_mean(x, integers(axes), true));
    const Value variance = ops.reduce_mean(ops.mul(away, away), integers(axes), true);
    Value y = ops.div(options_.rms_scaling ? x : away, ops.sqrt(ops.add(variance, epsilon)));
    if (scales()) y = ops.mul(y, over_axes(ops, context.weight("gamma"), axes, x.dims()));
    return centers() ? ops.add(y, over_axes(ops, context.weight("beta"), axes, x.dims())) : y;
  }

  bool supports_masking() const override { return true; }

 private:
  bool scales() const { return options_.scale || options_.rms_scaling; }
  bool centers() const { return options_.center && !options_.rms_scaling; }

  Options options_;
};

std::optional<Recognised> recognise_layer_normalization(const GraphView& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  if (!is_op(node, "LayerNormalization") || node.inputs.size() < 2) return std::nullopt;
  for (std::size_t i = 1; i < node.outputs.size(); ++i)
    if (!node.outputs[i].empty() && (!graph.readers(node.outputs[i]).empty() || graph.is_output(node.outputs[i]))) return std::nullopt;
  const Dims* input = dims(graph, node.inputs[0]);
  if (!input || input->size() < 2) return std::nullopt;
  const std::size_t first = positive_axis(node.get<std::int64_t>("axis", -1), *input);
  Json axes = Json::array();
  for (std::size_t i = first; i < input->size(); ++i) {
    if (i == 0 || !(*input)[i].known()) return std::nullopt;
    axes.push_back(i);
  }
  const Shape shape = sizes_of(*input, positive_axes(axes, *input));
  Recognised found{.nodes = {index}, .inputs = {node.inputs[0]}, .output = node.outputs[0]};
  const std::optional<Tensor> gamma = float_constant(graph, node.inputs[1]);
  if (!gamma || gamma->size() != element_count(shape)) return std::nullopt;
  found.weights.emplace_back("gamma", gamma->reshaped(shape));
  if (node.inputs.size() > 2 && !node.inputs[2].empty()) {
    const std::optional<Tensor> beta = float_constant(graph, node.inputs[2]);
    if (!beta || beta->size() != element_count(shape)) return std::nullopt;
    found.weights.emplace_back("beta", beta->reshaped(shape));
  } else {
    found.settings["center"] = false;
  }
  if (axes.size() > 1) found.settings["axis"] = axes;
  found.settings["epsilon"] = shortest(node.get<float>("epsilon", 1e-5F));
  return found;
}

// Written out in older operators, as PyTorch exports it below set 17:  d = x - mean(x)   y = d / sqrt(mean(d^2) + epsilon) [* gamma + beta]
class WrittenOut {
 public:
  explicit WrittenOut(const GraphView& graph) : graph_(graph) {}

  std::optional<Recognised> from(std::size_t index) {
    const Node& mean = graph_.nodes[index];
    const Dims* input = is_op(mean, "ReduceMean") ? dims(graph_, mean.inputs[0]) : nullptr;
    if (!input || input->size() < 2 || !takes_last_axes(mean, *input)) return std::nullopt;
    found_.nodes = {index};
    found_.inputs = {mean.inputs[0]};
    return normalizes(mean) ? std::optional(scaled()) : std::nullopt;
  }

 private:
  const Node* next(const std::string& value, std::string_view op) {
    const std::optional<std::size_t> reader = graph_.only_reader(value);
    if (!reader || !is_op(graph_.nodes[*reader], op)) return nullptr;
    found_.nodes.push_back(*reader);
    return &graph_.nodes[*reader];
  }

  static std::vector<std::int64_t> axes_of(const GraphView& graph, const Node& mean) {
    if (mean.find("axes") || mean.inputs.size() < 2) return mean.get<std::vector<std::int64_t>>("axes", {});
    return integer_constant(graph, mean.inputs[1]).value_or(std::vector<std::int64_t>{});
  }

  // The last axes, of known size and without the batch's.
  bool takes_last_axes(const Node& mean, const Dims& input) {
    const std::vector<std::int64_t> axes = axes_of(graph_, mean);
    if (axes.empty() || axes.size() >= input.size() || mean.get<std::int64_t>("keepdims", 1) != 1) return false;
    axes_ = positive_axes(Json(axes), input);
    if (axes_.front() != input.size() - axes_.size()) return false;
    for (const std::size_t axis : axes_)
      if (!input[axis].known()) return false;
    shape_ = sizes_of(input, axes_);
    return true;
  }

  bool squares(const Node& node, const std::string& value) const {
    if (is_op(node, "Mul")) return node.inputs == std::vector<std::string>{value, value};
    return is_op(node, "Pow") && node.inputs[0] == value && scalar_constant(graph_, node.inputs[1]) == 2.0F;
  }

  bool normalizes(const Node& mean) {
    const Node* away = next(mean.outputs[0], "Sub");
    if (!away || away->inputs != std::vector<std::string>{mean.inputs[0], mean.outputs[0]}) return false;
    const std::string& distance = away->outputs[0];
    const std::set<std::size_t>& read_by = graph_.readers(distance);
    if (read_by.size() != 2 || graph_.is_output(distance)) return false;
    const auto square = std::ranges::find_if(read_by, [&](std::size_t reader) { return squares(graph_.nodes[reader], distance); });
    if (square == read_by.end()) return false;
    found_.nodes.push_back(*square);
    const Node* variance = next(graph_.nodes[*square].outputs[0], "ReduceMean");
    if (!variance || axes_of(graph_, *variance) != axes_of(graph_, mean) || variance->get<std::int64_t>("keepdims", 1) != 1) return false;
    const Node* sum = next(variance->outputs[0], "Add");
    const std::optional<Operand> epsilon = sum ? constant_operand(graph_, *sum) : std::nullopt;
    if (!epsilon || epsilon->constant.size() != 1) return false;
    found_.settings["epsilon"] = shortest(epsilon->constant.floats()[0]);
    const Node* root = next(sum->outputs[0], "Sqrt");
    const Node* quotient = root ? next(root->outputs[0], "Div") : nullptr;
    if (!quotient || quotient->inputs != std::vector<std::string>{distance, root->outputs[0]}) return false;
    found_.output = quotient->outputs[0];
    return true;
  }

  // The weight that the next operator adds or multiplies by, in the shape of the axes.
  std::optional<Tensor> weight_of(std::string_view op) {
    const std::optional<std::size_t> reader = graph_.only_reader(found_.output);
    if (!reader || !is_op(graph_.nodes[*reader], op)) return std::nullopt;
    const std::optional<Operand> operand = constant_operand(graph_, graph_.nodes[*reader]);
    const bool fits =
        operand && operand->constant.size() == element_count(shape_) && operand->constant.rank() >= shape_.size() &&
        std::ranges::equal(shape_ | std::views::reverse, operand->constant.shape() | std::views::reverse | std::views::take(shape_.size()));
    if (!fits) return std::nullopt;
    found_.nodes.push_back(*reader);
    found_.output = graph_.nodes[*reader].outputs[0];
    return operand->constant.reshaped(shape_);
  }

  Recognised scaled() {
    for (const auto& [weight, op, setting] : {std::tuple{"gamma", "Mul", "scale"}, std::tuple{"beta", "Add", "center"}}) {
      if (std::optional<Tensor> value = weight_of(op)) found_.weights.emplace_back(weight, *std::move(value));
      else found_.settings[setting] = false;
    }
    if (axes_.size() > 1) found_.settings["axis"] = axes_;
    return std::move(found_);
  }

  const GraphView& graph_;
  std::vector<std::size_t> axes_;
  Shape shape_;
  Recognised found_ = {};
};

std::optional<Recognised> recognise_either(const GraphView& graph, std::size_t index) {
  if (std::optional<Recognised> found = recognise_layer_normalization(graph, index)) return found;
  return WrittenOut(graph).from(index);
}

}  // namespace

void add_layer_normalization(LayerCatalog& catalog) {
  LayerEntry made = entry<LayerNormalization>("LayerNormalization", recognise_either);
  made.channels_last = [](Json settings, const Dims& input) -> std::optional<ChannelsLastForm> {
    const bool all = positive_axes(settings.value("axis", Json(-1)), input).size() + 1 == input.size();
    if (!all) return std::nullopt;
    return ChannelsLastForm{std::move(settings), {"gamma", "beta"}};
  };
  catalog.add(std::move(made));
}

}  // namespace layers
}  // namespace upkeep
