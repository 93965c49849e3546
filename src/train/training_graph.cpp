#include "train/training_graph.hpp"

#include <algorithm>

#include "base/names.hpp"
#include "graph/ops.hpp"
#include "layers/build.hpp"
#include "layers/layout.hpp"
#include "train/gradients/gradient.hpp"
#include "train/losses/loss.hpp"
#include "train/regularizers/regularizer.hpp"

namespace upkeep {

namespace {

constexpr const char* kTargets = "upkeep/targets";
constexpr const char* kPredictions = "upkeep/predictions";
constexpr const char* kLoss = "upkeep/loss";
constexpr const char* kGradient = "upkeep/gradient/";

void expect_one_output(const ForwardGraph& forward) {
  if (forward.outputs.size() != 1)
    throw Error(ErrorCode::kUnsupported, "the model has " + std::to_string(forward.outputs.size()) + " outputs",
                "training needs a model with one output");
  const Dims& dims = forward.outputs[0].dims();
  if (dims.empty() || !std::ranges::all_of(dims.begin() + 1, dims.end(), &Dim::known))
    throw Error(ErrorCode::kUnsupported, "the model's output is " + to_string(dims),
                "training needs an output of which only the batch dimension varies");
}

ValueInfo targets_of(const Compile& compile, const Value& predictions) {
  const losses::LossEntry& loss = losses::catalog().at(compile.loss.name);
  Dims dims = predictions.dims();
  dims[0] = "batch";
  if (loss.integer_targets && dims.size() > 1) dims.back() = 1;
  return {.name = kTargets, .type = {.dtype = loss.integer_targets ? DType::kInt64 : predictions.dtype(), .shape = dims}};
}

// Keras divides the penalty of an activity by the size of the batch.
Value activity_penalty(Ops& ops, const Value& activity, const Json& regularizer, const Value& targets) {
  const Value rows = ops.gather(ops.shape(targets), ops.constant(Tensor::scalar(std::int64_t{0})), 0);
  return ops.div(regularizers::penalty(ops, activity, regularizer), ops.cast(rows, activity.dtype()));
}

Value total_loss(Ops& ops, const ForwardGraph& forward, const Compile& compile, const Value& targets) {
  Value loss = losses::mean_loss(ops, compile.loss, forward.outputs[0], targets);
  for (const auto& [activity, regularizer] : forward.activity_penalties)
    loss = ops.add(loss, activity_penalty(ops, activity, regularizer, targets));
  for (const NamedWeight& weight : forward.weights)
    if (weight.spec.trainable && !weight.spec.regularizer.is_null())
      loss = ops.add(loss, regularizers::penalty(ops, ops.existing(weight.name), weight.spec.regularizer));
  return loss;
}

void add_gradients(Ops& ops, TrainingGraph& graph, const std::vector<NamedWeight>& weights, const Value& loss) {
  std::vector<Value> values;
  for (const NamedWeight& weight : weights) {
    if (!weight.spec.trainable) continue;
    values.push_back(ops.existing(weight.name));
    graph.gradients.emplace_back(weight.name, kGradient + weight.name);
  }
  const std::vector<Value> gradients = gradients::differentiate(ops, loss, values);
  for (std::size_t i = 0; i < gradients.size(); ++i) ops.output(gradients[i], graph.gradients[i].second);
}

// The layers as for inference, but with weights as inputs and with penalties of activities.
ForwardGraph evaluation_forward(const Architecture& architecture, Ops& ops) {
  ForwardGraph forward;
  layers::BuildHooks hooks{.weight = [&ops](const NamedWeight& weight) {
    return ops.input(weight.name, DType::kFloat32, Dims(weight.spec.shape.begin(), weight.spec.shape.end()));
  }};
  hooks.add_activity_penalty = [&](Value activity, const Json& regularizer) {
    forward.activity_penalties.emplace_back(std::move(activity), regularizer);
  };
  layers::BuiltLayers built = layers::build_layers(architecture, ops, hooks);
  for (const std::string& output : output_layers(architecture)) forward.outputs.push_back(built.outputs.at(output));
  forward.inputs = std::move(built.inputs);
  forward.weights = std::move(built.weights);
  return forward;
}

TrainingGraph build(const Architecture& architecture, const Compile& compile, bool training) {
  TrainingGraph graph;
  graph.model.graph.name = training ? "training" : "evaluation";
  Ops ops(graph.model);
  const ForwardGraph forward = training ? build_training_forward(architecture, ops) : evaluation_forward(architecture, ops);
  expect_one_output(forward);
  for (const std::string& name : forward.inputs) graph.data.push_back(*graph.model.graph.input(name));
  for (const NamedWeight& weight : forward.weights) graph.weights.push_back(weight.name);
  graph.random = forward.random_inputs;
  graph.targets = targets_of(compile, forward.outputs[0]);
  graph.elementwise = losses::catalog().at(compile.loss.name).terms == losses::Terms::kElements;
  const Value targets = ops.input(kTargets, graph.targets.type.dtype, *graph.targets.type.shape);
  const Value loss = in_context("loss " + compile.loss.name, [&] { return total_loss(ops, forward, compile, targets); });
  if (training) add_gradients(ops, graph, forward.weights, loss);
  graph.predictions = {.name = kPredictions, .type = {.dtype = forward.outputs[0].dtype(), .shape = forward.outputs[0].dims()}};
  graph.loss = kLoss;
  ops.output(forward.outputs[0], kPredictions);
  ops.output(loss, kLoss);
  layers::drop_unread_transposes(graph.model.graph);
  return graph;
}

}  // namespace

TrainingGraph training_graph(const Architecture& architecture, const Compile& compile) { return build(architecture, compile, true); }
TrainingGraph evaluation_graph(const Architecture& architecture, const Compile& compile) { return build(architecture, compile, false); }

}  // namespace upkeep
