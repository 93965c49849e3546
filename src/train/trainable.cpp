#include "train/trainable.hpp"

#include <fnmatch.h>

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "base/sha256.hpp"
#include "base/some_of.hpp"
#include "graph/onnx.hpp"
#include "graph/ops.hpp"
#include "layers/view/build.hpp"
#include "layers/view/graph_view.hpp"
#include "train/graph_weights.hpp"
#include "train/lowerings/lowering.hpp"

namespace upkeep {

namespace {

// The model with its layers; nullopt where it is no sequence of layers that we know.
std::optional<LayeredModel> layered_model(const Model& model) {
  try {
    return with_layers(model);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
    return std::nullopt;
  }
}

// --- training a graph as it is ---------------------------------------------------------------------------------------------------------

class GraphForward {
 public:
  GraphForward(const Model& model, const std::vector<NamedWeight>& weights) {
    forward_.model = model;
    forward_.model.training_tensors.clear();
    forward_.model.metadata.clear();
    graph_.values.clear();
    weights_to_inputs(weights);
    for (const ValueInfo& output : graph_.outputs) outputs_.emplace_back(output.name, widened(output));
    free_the_batch(weights.size());
    graph_.outputs.clear();
    for (const auto& [name, value] : outputs_) {
      const ValueInfo* info = graph_.value(value);
      if (info && info->type.dtype == DType::kFloat32) forward_.outputs.emplace_back(name, value);
    }
  }

  Forward take(Phase phase) {
    if (phase == Phase::kTraining) {
      const std::vector<float> ratios = dropout_ratios();
      std::vector<Node> nodes = std::move(graph_.nodes);
      graph_.nodes.clear();
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (is_op(nodes[i], "BatchNormalization")) train_statistics(nodes[i]);
        if (is_op(nodes[i], "Dropout") && drop(nodes[i], ratios[i])) continue;
        graph_.nodes.push_back(std::move(nodes[i]));
      }
    }
    return std::move(forward_);
  }

 private:
  // Losses are computed in float32: the value that has an output of float16 or bfloat16 in it.
  std::string widened(const ValueInfo& output) {
    if (output.type.dtype != DType::kFloat16 && output.type.dtype != DType::kBFloat16) return output.name;
    const std::string wide = "upkeep/wide/" + output.name;
    graph_.nodes.push_back({.op = "Cast",
                            .domain = {},
                            .name = wide,
                            .inputs = {output.name},
                            .outputs = {wide},
                            .attributes = {{"to", static_cast<std::int64_t>(DType::kFloat32), {}}}});
    return wide;
  }

  void weights_to_inputs(const std::vector<NamedWeight>& weights) {
    const auto is_weight = [&](const std::string& name) { return std::ranges::contains(weights, name, &NamedWeight::name); };
    std::erase_if(graph_.inputs, [&](const ValueInfo& input) { return graph_.initializer(input.name) != nullptr; });
    for (const ValueInfo& input : graph_.inputs) forward_.data.push_back(input.name);
    std::erase_if(graph_.initializers, [&](const auto& one) { return is_weight(one.first); });
    for (const NamedWeight& weight : weights)
      graph_.inputs.push_back(
          {.name = weight.name, .type = {DType::kFloat32, Dims(weight.spec.shape.begin(), weight.spec.shape.end()), {}}});
  }

  // Types are inferred anew with a batch of any size.
  void free_the_batch(std::size_t weights) {
    for (std::size_t i = 0; i + weights < graph_.inputs.size(); ++i) {
      ValueInfo& input = graph_.inputs[i];
      if (!input.type.shape || input.type.shape->empty())
        throw Error(ErrorCode::kUnsupported, "input \"" + input.name + "\" is " + to_string(input.type),
                    "training needs a batch dimension");
      (*input.type.shape)[0] = Dim("batch");
    }
    for (ValueInfo& output : graph_.outputs) output.type.shape.reset();
    std::vector<ValueInfo> outputs = std::exchange(graph_.outputs, {});
    try {
      infer_shapes(forward_.model);
    } catch (const Error& error) {
      throw Error(ErrorCode::kUnsupported, "the graph does not take batches of any size: " + std::string(error.what()),
                  "export it with a dynamic batch dimension");
    }
  }

  // In training mode the operator also gives its new mean and variance.
  void train_statistics(Node& node) {
    if (node.get<std::int64_t>("training_mode", 0) != 0 || node.inputs.size() < 5) return;
    if (!graph_.input(node.inputs[3]) || !graph_.input(node.inputs[4])) return;  // computed, or constants
    std::erase_if(node.attributes, [](const Attribute& attribute) { return attribute.name == "training_mode"; });
    node.attributes.push_back({"training_mode", std::int64_t{1}, {}});
    const std::string y = node.outputs[0];
    node.outputs = {y, y + "/moving_mean", y + "/moving_variance"};
    for (const std::size_t i : {std::size_t{3}, std::size_t{4}}) {
      forward_.updates.emplace_back(node.inputs[i], node.outputs[i - 2]);
      ValueInfo info = *graph_.input(node.inputs[i]);
      info.name = node.outputs[i - 2];
      graph_.values.push_back(std::move(info));
    }
  }

  // One for each node; 0 for other nodes than Dropout, and where the ratio is not constant.
  std::vector<float> dropout_ratios() const {
    const layers::GraphView view(forward_.model);
    std::vector<float> ratios;
    for (const Node& node : graph_.nodes) {
      const bool given = is_op(node, "Dropout") && !input(node, 1).empty();
      const std::optional<Tensor> ratio = given ? layers::constant(view, node.inputs[1]) : std::nullopt;
      if (given) ratios.push_back(ratio && ratio->size() == 1 ? ratio->cast(DType::kFloat32).floats()[0] : 0);
      else ratios.push_back(is_op(node, "Dropout") ? 0.5F : 0);
    }
    return ratios;
  }

  // y = x * (u >= ratio) / (1 - ratio) with fresh uniform numbers u. False where the shape is not known: then nothing is dropped.
  bool drop(const Node& node, float ratio) {
    const ValueInfo* x = graph_.value(node.inputs[0]);
    if (!x || !x->type.shape || x->type.dtype != DType::kFloat32 || ratio <= 0 || ratio >= 1) return false;
    const Dims& dims = *x->type.shape;
    if (dims.empty() || !std::all_of(dims.begin() + 1, dims.end(), [](const Dim& dim) { return dim.known(); })) return false;
    const std::string name = node.outputs[0];
    const auto append = [&](std::string op, std::vector<std::string> inputs, std::string output, std::vector<Attribute> attributes = {}) {
      graph_.nodes.push_back({.op = std::move(op),
                              .name = name + "/" + output,
                              .inputs = std::move(inputs),
                              .outputs = {output.empty() ? name : name + "/" + output},
                              .attributes = std::move(attributes)});
    };
    graph_.inputs.push_back({.name = name + "/random", .type = x->type});
    forward_.random.emplace_back(name + "/random", dims);
    graph_.initializers.emplace_back(name + "/ratio", Tensor::scalar(ratio));
    graph_.initializers.emplace_back(name + "/scale", Tensor::scalar(1 / (1 - ratio)));
    append("GreaterOrEqual", {name + "/random", name + "/ratio"}, "kept");
    append("Cast", {name + "/kept"}, "ones", {{"to", static_cast<std::int64_t>(DType::kFloat32), {}}});
    append("Mul", {name + "/ones", name + "/scale"}, "mask");
    append("Mul", {node.inputs[0], name + "/mask"}, "");
    return true;
  }

  Forward forward_;
  Graph& graph_ = forward_.model.graph;
  std::vector<std::pair<std::string, std::string>> outputs_;  // the model's name for it, the value
};

}  // namespace

Trainable::Trainable(const Model& model, const std::vector<WeightRate>& rates) {
  if (std::optional<LayeredModel> ours = layered_model(model)) {
    model_ = std::move(ours->model);
    architecture_ = std::move(ours->architecture);
    weights_ = weight_specs(architecture_);
  } else {
    model_ = lowered(model);
    layered_ = false;
    find_graph_weights(rates);
  }
  apply_rates(rates);
}

static bool fits(const WeightRate& rate, const std::string& name, const std::string& layer) {
  return rate.pattern == layer || fnmatch(rate.pattern.c_str(), name.c_str(), 0) == 0;
}

static std::string layer_of_weight(const std::string& name) { return name.substr(0, name.find('/')); }

// A setting is asked for by its name, or by a pattern that fits no weight.
static bool is_asked_for(const std::string& setting, const GraphWeights& found, const std::vector<WeightRate>& rates) {
  return std::ranges::any_of(rates, [&](const WeightRate& rate) {
    if (rate.pattern == setting) return true;
    const auto fits_rate = [&](const std::string& name) { return fits(rate, name, layer_of_weight(name)); };
    return fits_rate(setting) && std::ranges::none_of(found.weights, fits_rate);
  });
}

void Trainable::find_graph_weights(const std::vector<WeightRate>& rates) {
  const GraphWeights found = graph_weights(model_.graph);
  for (const auto& [name, tensor] : model_.graph.initializers) {
    const bool asked = std::ranges::contains(found.settings, name) && is_asked_for(name, found, rates);
    if (!asked && !std::ranges::contains(found.weights, name)) continue;
    weights_.push_back(
        {name,
         layer_of_weight(name),
         {.name = name, .shape = tensor.shape(), .initializer = nullptr, .trainable = !std::ranges::contains(found.statistics, name)}});
  }
  settings_ = found.settings;
}

void Trainable::expect_weights() const {
  if (layered_ || std::ranges::any_of(weights_, [](const NamedWeight& weight) { return weight.spec.trainable; })) return;
  throw Error(ErrorCode::kUnsupported, weights_.empty() ? "the model has no float weights to train" : "no weight of the model is trained",
              settings_.empty() ? "weights are float32 initializers"
                                : "scales, bounds and other settings are trained where they are asked for: --rates " + settings_.front() +
                                      "=1; they are: " + some_of(settings_, 40));
}

void Trainable::apply_rates(const std::vector<WeightRate>& rates) {
  multipliers_.assign(weights_.size(), 1.0);
  for (const WeightRate& rate : rates) {
    bool found = false;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      if (!fits(rate, weights_[i].name, weights_[i].layer)) continue;
      found = true;
      multipliers_[i] *= rate.multiplier;
      weights_[i].spec.trainable = weights_[i].spec.trainable && multipliers_[i] != 0;
    }
    if (found) continue;
    std::vector<std::string> names;
    for (const NamedWeight& weight : weights_) names.push_back(weight.name);
    throw Error(ErrorCode::kInvalidArgument, "no weight fits \"" + rate.pattern + "\"", "the weights are: " + some_of(names, 40));
  }
}

Weights Trainable::values() const {
  Weights values;
  for (const NamedWeight& weight : weights_) values.emplace_back(weight.name, *model_.graph.initializer(weight.name));
  return values;
}

Forward Trainable::forward(Phase phase) const { return layered_ ? forward_of_layers(phase) : GraphForward(model_, weights_).take(phase); }

Forward Trainable::forward_of_layers(Phase phase) const {
  Forward forward;
  Ops ops(forward.model);
  const ForwardGraph built =
      phase == Phase::kTraining ? build_training_forward(architecture_, ops) : build_evaluation_forward(architecture_, ops);
  const std::vector<std::string> names = output_layers(architecture_);
  for (std::size_t i = 0; i < names.size(); ++i) {
    forward.outputs.emplace_back(names[i], built.outputs[i].name());
    if (built.masks[i]) forward.masks.emplace(names[i], built.masks[i].name());
  }
  for (const auto& [activity, regularizer] : built.activity_penalties)
    forward.activity_penalties.emplace_back(activity.name(), regularizer);
  for (const auto& [weight, after] : built.updates) forward.updates.emplace_back(weight, after.name());
  forward.data = built.inputs;
  forward.mask_rules = architecture_.mask_rules;
  forward.random = built.random_inputs;
  return forward;
}

Json Trainable::identity() const {
  if (layered_) return to_json(architecture_);
  Model bare = model_;
  bare.metadata.clear();
  bare.training_tensors.clear();
  for (const NamedWeight& weight : weights_) *bare.graph.initializer(weight.name) = Tensor::full(weight.spec.shape, 0.0F);
  Sha256 hash;
  hash.update(model_to_bytes(bare));
  return {{"graph", hash.hex()}};
}

}  // namespace upkeep
