#include "train/training_graph.hpp"

#include <algorithm>

#include "base/names.hpp"
#include "base/progress.hpp"
#include "base/some_of.hpp"
#include "graph/ops.hpp"
#include "layers/view/layout.hpp"
#include "train/gradients/report.hpp"
#include "train/kernels/kernel.hpp"
#include "train/losses/loss.hpp"
#include "train/optimizers/optimizer.hpp"
#include "train/regularizers/regularizer.hpp"
#include "train/texts.hpp"

namespace upkeep {

namespace {

constexpr const char* kTargets = "upkeep/targets";
constexpr const char* kPredictions = "upkeep/predictions";
constexpr const char* kMask = "upkeep/mask";
constexpr const char* kSampleWeights = "upkeep/sample_weights";
constexpr const char* kLoss = "upkeep/loss";
constexpr const char* kGradient = "upkeep/gradient/";
constexpr const char* kUpdate = "upkeep/update/";

std::vector<std::string> names_of(const Forward& forward) {
  std::vector<std::string> names;
  for (const auto& [name, value] : forward.outputs) names.push_back(name);
  return names;
}

// The outputs that have a loss, in the model's order, with the values in the graph.
std::vector<std::pair<TrainedOutput, std::string>> trained_outputs(const Forward& forward, const Compile& compile) {
  std::vector<std::pair<TrainedOutput, std::string>> outputs;
  for (const auto& [name, compiled] : compile.outputs)
    if (!std::ranges::contains(forward.outputs, name, &std::pair<std::string, std::string>::first))
      throw unknown_name("output", name, names_of(forward));
  for (const auto& [name, value] : forward.outputs) {
    const auto own = compile.outputs.find(name);
    if (own != compile.outputs.end()) outputs.push_back({{.name = name, .compile = own->second}, value});
    else if (compile.outputs.empty())
      outputs.push_back(
          {{.name = name, .compile = {.loss = compile.loss, .metrics = compile.metrics, .weighted_metrics = compile.weighted_metrics}},
           value});
  }
  if (outputs.empty()) throw Error(ErrorCode::kUnsupported, "the model has no float32 output to train");
  if (compile.outputs.empty() && outputs.size() > 1)
    throw Error(ErrorCode::kInvalidArgument, "the model has " + std::to_string(outputs.size()) + " outputs: " + some_of(names_of(forward)),
                "give each that is to be trained a loss of its own");
  return outputs;
}

void expect_rows(const std::string& name, const Value& predictions) {
  const auto known = [](const Dims& dims) { return std::all_of(dims.begin() + 1, dims.end(), [](const Dim& dim) { return dim.known(); }); };
  if (!predictions.rank_known() || predictions.rank() == 0 || !known(predictions.dims()))
    throw Error(ErrorCode::kUnsupported,
                "output \"" + name + "\" is " + (predictions.rank_known() ? to_string(predictions.dims()) : "of unknown rank"),
                "training needs an output of which only the batch dimension varies");
}

ValueInfo targets_of(const losses::LossEntry& loss, const Value& predictions, std::string name) {
  Dims dims = predictions.dims();
  dims[0] = "batch";
  if (loss.integer_targets && dims.size() > 1) dims.back() = 1;
  return {.name = std::move(name), .type = {.dtype = loss.integer_targets ? DType::kInt64 : predictions.dtype(), .shape = dims}};
}

// What goes with the predictions of an output.
struct LossInputs {
  Value predictions, targets, sample_weights, mask;
};

// Over all rows, by the loss's reduction. Steps that are masked do not count, as in Keras.
Value output_loss(Ops& ops, const NamedSettings& loss, const LossInputs& inputs) {
  if (!inputs.sample_weights && !inputs.mask) return losses::mean_loss(ops, loss, inputs.predictions, inputs.targets);
  losses::Masked samples = losses::per_sample(ops, loss, inputs.predictions, inputs.targets);
  if (inputs.mask && samples.losses.rank() == inputs.mask.rank()) {
    const auto number = [&](const Value& mask) { return ops.cast(mask, samples.losses.dtype()); };
    samples.mask = samples.mask ? ops.mul(number(samples.mask), number(inputs.mask)) : inputs.mask;
  }
  return losses::reduce(ops, loss, samples, inputs.sample_weights);
}

// Keras divides the penalty of an activity by the size of the batch.
Value activity_penalty(Ops& ops, const Value& activity, const Json& regularizer, const Value& targets) {
  const Value rows = ops.gather(ops.shape(targets), ops.constant(Tensor::scalar(std::int64_t{0})), 0);
  return ops.div(regularizers::penalty(ops, activity, regularizer), ops.cast(rows, activity.dtype()));
}

Value with_penalties(Ops& ops, Value loss, const Forward& forward, const std::vector<NamedWeight>& weights, const Value& targets) {
  for (const auto& [activity, regularizer] : forward.activity_penalties)
    loss = ops.add(loss, activity_penalty(ops, ops.existing(activity), regularizer, targets));
  for (const NamedWeight& weight : weights)
    if (weight.spec.trainable && !weight.spec.regularizer.is_null())
      loss = ops.add(loss, regularizers::penalty(ops, ops.existing(weight.name), weight.spec.regularizer));
  return loss;
}

// Of predictions [batch, steps, ...]: which steps count, for metrics.
void add_mask_output(Ops& ops, TrainedOutput& output, const Value& predictions, const Value& mask, std::string name) {
  const bool measured = !output.compile.metrics.empty() || !output.compile.weighted_metrics.empty();
  if (!mask || !measured || mask.rank() >= predictions.rank()) return;
  Dims dims = predictions.dims();
  dims.resize(mask.rank());
  output.mask = {.name = std::move(name), .type = {.dtype = DType::kFloat32, .shape = std::move(dims)}};
  ops.output(ops.cast(mask, DType::kFloat32), output.mask->name);
}

// Outputs, targets and losses; gives the total.
Value add_losses(Ops& ops, TrainingGraph& graph, const Forward& forward, const Compile& compile, const std::vector<NamedWeight>& weights) {
  Value total, targets;
  auto outputs = trained_outputs(forward, compile);
  const bool several = outputs.size() > 1;
  const Value sample_weights = graph.sample_weights.empty() ? Value() : ops.input(graph.sample_weights, DType::kFloat32, {Dim("batch")});
  for (auto& [output, value] : outputs) {
    const auto own = [&](const char* name) { return several ? std::string(name) + "/" + output.name : std::string(name); };
    const Value predictions = ops.existing(value);
    expect_rows(output.name, predictions);
    const losses::LossEntry& entry = losses::catalog().at(output.compile.loss.name);
    output.padded = entry.padded_targets;
    output.elementwise = entry.terms == losses::Terms::kElements;
    output.targets = targets_of(entry, predictions, own(kTargets));
    targets = ops.input(output.targets.name, output.targets.type.dtype, *output.targets.type.shape);
    output.loss = own(kLoss);
    const auto masked = forward.masks.find(output.name);
    const Value mask = masked == forward.masks.end() ? Value() : ops.existing(masked->second);
    const Value loss = in_context("loss " + output.compile.loss.name + (several ? " of output \"" + output.name + "\"" : ""),
                                  [&] { return output_loss(ops, output.compile.loss, {predictions, targets, sample_weights, mask}); });
    const Value weighted = output.compile.loss_weight == 1 ? loss : ops.mul(loss, static_cast<float>(output.compile.loss_weight));
    total = total ? ops.add(total, weighted) : weighted;
    output.predictions = {.name = own(kPredictions), .type = {.dtype = predictions.dtype(), .shape = predictions.dims()}};
    ops.output(predictions, output.predictions.name);
    add_mask_output(ops, output, predictions, mask, own(kMask));
    output.all_heed_mask = forward.mask_rules == layers::MaskRules::kKeras2;
    if (several) ops.output(loss, output.loss);
    graph.outputs.push_back(std::move(output));
  }
  return with_penalties(ops, total, forward, weights, targets);
}

// Of the loss times `scale`.
void add_gradients(Ops& ops, TrainingGraph& graph, const Trainable& trainable, const Value& loss, double scale) {
  trainable.expect_weights();
  std::vector<Value> values;
  for (const NamedWeight& weight : trainable.weights()) {
    if (!weight.spec.trainable) continue;
    values.push_back(ops.existing(weight.name));
    graph.gradients.emplace_back(weight.name, kGradient + weight.name);
  }
  const gradients::Report report = gradients::differentiate_and_report(ops, scale == 1 ? loss : ops.mul(loss, static_cast<float>(scale)),
                                                                       values, {}, {.form = gradients::Form::kKernels});
  for (std::size_t i = 0; i < report.gradients.size(); ++i) {
    ops.output(report.gradients[i], graph.gradients[i].second);
    if (!report.reached[i]) graph.untouched.push_back(graph.gradients[i].first);
  }
  if (!trainable.layered())
    for (const std::string& text : report.notes) note(text);
}

void add_updates(Ops& ops, TrainingGraph& graph, const Forward& forward) {
  for (const auto& [weight, after] : forward.updates) {
    graph.updates.emplace_back(weight, kUpdate + weight);
    ops.output(ops.existing(after), kUpdate + weight);
  }
}

TrainingGraph build(const Trainable& trainable, const Compile& compile, Phase phase, SampleWeights sample_weights) {
  TrainingGraph graph;
  Forward forward = trainable.forward(phase);
  if (std::optional<Model> texts = take_out_texts(forward)) graph.texts = std::make_shared<const Model>(std::move(*texts));
  graph.model = std::move(forward.model);
  graph.model.graph.name = phase == Phase::kTraining ? "training" : "evaluation";
  Ops ops(graph.model);
  for (const std::string& name : forward.data) graph.data.push_back(*graph.model.graph.input(name));
  for (const NamedWeight& weight : trainable.weights()) graph.weights.push_back(weight.name);
  graph.random = forward.random;
  if (sample_weights == SampleWeights::kGiven) graph.sample_weights = kSampleWeights;
  graph.loss = kLoss;
  const Value loss = add_losses(ops, graph, forward, compile, trainable.weights());
  std::vector<Value> read_outside = {loss};
  for (const auto& [weight, after] : forward.updates) read_outside.push_back(ops.existing(after));
  std::vector<std::string> names;
  for (const Value& value : read_outside) names.push_back(value.name());
  layers::drop_unread(graph.model.graph, names);  // they read what a kernel could stand for as well
  kernels::fuse(ops, read_outside);
  if (phase == Phase::kTraining) {
    const auto optimizer = optimizers::catalog().at(compile.optimizer.name).make(compile.optimizer.values);
    add_gradients(ops, graph, trainable, loss, optimizer->common().loss_scale_factor.value_or(1.0));
    add_updates(ops, graph, forward);
  }
  ops.output(loss, kLoss);
  layers::drop_unread(graph.model.graph);
  return graph;
}

}  // namespace

TrainingGraph training_graph(const Trainable& trainable, const Compile& compile, SampleWeights weights) {
  return build(trainable, compile, Phase::kTraining, weights);
}
TrainingGraph evaluation_graph(const Trainable& trainable, const Compile& compile, SampleWeights weights) {
  return build(trainable, compile, Phase::kEvaluation, weights);
}

}  // namespace upkeep
