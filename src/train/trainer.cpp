#include "train/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/cores.hpp"
#include "train/columns.hpp"
#include "train/losses/loss.hpp"
#include "train/schedules/schedule.hpp"
#include "train/trainer_state.hpp"

namespace upkeep {

std::vector<std::vector<metrics::NamedMetric>> metrics_of(const TrainingGraph& graph) {
  std::vector<std::vector<metrics::NamedMetric>> all;
  for (const TrainedOutput& output : graph.outputs)
    all.push_back(metrics::make_all(output.compile.metrics, output.compile.weighted_metrics));
  return all;
}

namespace {

std::unique_ptr<optimizers::Optimizer> make_optimizer(const NamedSettings& settings) {
  return in_context("optimizer " + settings.name, [&] { return optimizers::catalog().at(settings.name).make(settings.values); });
}

// A wrong name shows before any work is done.
void check_names(const Compile& compile) {
  const auto check = [](const auto& part) {
    losses::catalog().at(part.loss.name);
    metrics::make_all(part.metrics, part.weighted_metrics);
  };
  check(compile);
  for (const auto& [output, own] : compile.outputs) in_context("output \"" + output + "\"", [&] { check(own); });
  if (compile.schedule) schedules::catalog().at(compile.schedule->name);
}

}  // namespace

TrainerState::TrainerState(Model model, Compile settings)
    : compile(std::move(settings)),
      trainable(model, compile.rates),
      optimizer(make_optimizer(compile.optimizer)),
      parameters(trainable.weights(), trainable.values(), *optimizer),
      pruned(metadata_list(trainable.model(), kPrunedKey)),
      rate(optimizer->learning_rate()) {
  check_names(compile);
  for (std::size_t i = 0; i < trainable.weights().size(); ++i) {
    const auto found = std::ranges::find(parameters.list(), trainable.weights()[i].name, &Parameters::Weight::name);
    if (found != parameters.list().end() && found->trainable)
      parameters.set_rate(static_cast<std::size_t>(found - parameters.list().begin()), trainable.multipliers()[i]);
  }
  take_earlier_training();
}

bool TrainerState::take_slots(const Model& from) {
  const std::vector<std::optional<Tensor>> slots = slots_of(from, parameters.slot_places());
  for (std::size_t i = 0; i < slots.size(); ++i)
    if (slots[i]) parameters.assign_slot(i, *slots[i]);
  return std::ranges::all_of(slots, &std::optional<Tensor>::has_value);
}

// History and epochs go on in any case; the optimiser's state only with the same optimiser. Where the model has new weights since, the
// count of updates starts anew: Adam corrects their moments, which start at zero, by it.
void TrainerState::take_earlier_training() {
  TrainingRecord record = training_record_of(trainable.model());
  history = std::move(record.history);
  epoch = record.epoch;
  seed = record.seed;
  trained_threads = record.threads;
  if (!record.compile) return;
  const optimizers::OptimizerEntry* before = optimizers::catalog().find(record.compile->optimizer.name);
  if (!before || before != optimizers::catalog().find(compile.optimizer.name)) return;
  if (take_slots(trainable.model())) iteration = record.iteration;
  const bool same_setting = before->make(record.compile->optimizer.values)->learning_rate() == optimizer->learning_rate();
  if (same_setting) rate = record.learning_rate.value_or(rate);
}

void TrainerState::expect_complete(const Model& model) const {
  for (const Parameters::Weight& weight : parameters.list()) {
    const Tensor* value = model.graph.initializer(weight.name);
    if (!value || value->dtype() != DType::kFloat32 || value->shape() != weight.shape)
      throw Error(ErrorCode::kCorrupt, "weight \"" + weight.name + "\" is missing or of another shape");
  }
  if (!std::ranges::all_of(slots_of(model, parameters.slot_places()), &std::optional<Tensor>::has_value))
    throw Error(ErrorCode::kCorrupt, "the optimiser's state is not complete");
}

void TrainerState::take_over(const Model& from, const TrainingRecord& record) {
  expect_complete(from);
  for (std::size_t i = 0; i < parameters.list().size(); ++i) parameters.assign(i, *from.graph.initializer(parameters.list()[i].name));
  take_slots(from);
  iteration = record.iteration;
  epoch = record.epoch;
  seed = record.seed;
  trained_threads = record.threads;
  rate = record.learning_rate.value_or(optimizer->learning_rate());
  history = record.history;
}

std::unique_ptr<GraphRunner> TrainerState::runner(Phase phase, int count, SampleWeights weights) {
  return std::make_unique<GraphRunner>(
      phase == Phase::kTraining ? training_graph(trainable, compile, weights) : evaluation_graph(trainable, compile, weights), parameters,
      count);
}

GraphRunner& TrainerState::training(int count, SampleWeights weights) {
  if (parameters.trainable_count() == 0) throw Error(ErrorCode::kFailedPrecondition, "the model has no trainable weights");
  if (!training_runner.runner || training_runner.runner->threads() != count || training_runner.weights != weights)
    training_runner = {runner(Phase::kTraining, count, weights), weights};
  return *training_runner.runner;
}

GraphRunner& TrainerState::evaluation(int count, SampleWeights weights) {
  if (!evaluation_runner.runner || evaluation_runner.runner->threads() != count || evaluation_runner.weights != weights)
    evaluation_runner = {runner(Phase::kEvaluation, count, weights), weights};
  return *evaluation_runner.runner;
}

Figures TrainerState::evaluate(const TrainingData& data, std::int64_t batch_size, int count, const std::string& prefix) {
  GraphRunner& runner = evaluation(count, data.sample_weights.size() > 0 ? SampleWeights::kGiven : SampleWeights::kNone);
  EpochFigures figures(runner.graph(), metrics_of(runner.graph()));
  std::vector<std::int64_t> rows(static_cast<std::size_t>(data.rows));
  std::iota(rows.begin(), rows.end(), 0);
  const auto size = static_cast<std::size_t>(batch_size);
  for (std::size_t begin = 0; begin < rows.size(); begin += size) {
    const auto batch = std::span(rows).subspan(begin, std::min(size, rows.size() - begin));
    runner.run(data, batch);
    figures.add(runner, batch.size());
  }
  return figures.take(prefix);
}

Model TrainerState::model(Json fit) const {
  Model made = trainable.model();
  for (std::size_t i = 0; i < parameters.list().size(); ++i) {
    const std::string& name = parameters.list()[i].name;
    Tensor* weight = made.graph.initializer(name);
    if (!weight) throw Error(ErrorCode::kInternal, "the model's graph has no initializer \"" + name + "\"");
    *weight = parameters.tensor(i);
  }
  if (!pruned.empty()) set(made.metadata, kPrunedKey, Json(pruned).dump());
  made.training_tensors.clear();
  if (iteration > 0 || !fit.is_null()) {
    const std::vector<optimizers::SlotPlace>& places = parameters.slot_places();
    for (std::size_t i = 0; i < places.size(); ++i) made.training_tensors.emplace_back(places[i].name, parameters.slot_tensor(i));
  }
  set_training_record(made, {.compile = compile,
                             .iteration = iteration,
                             .epoch = epoch,
                             .learning_rate = rate,
                             .seed = seed,
                             .threads = trained_threads,
                             .history = history,
                             .fit = std::move(fit)});
  return made;
}

void TrainerState::prune(double sparsity) {
  for (const Parameters::Weight& weight : parameters.list())
    if (weight.trainable && weight.shape.size() >= 2 && !std::ranges::contains(pruned, weight.name)) pruned.push_back(weight.name);
  parameters.prune(sparsity);
  parameters.keep_zeros(pruned);
}

Trainer::Trainer(Model model, Compile compile) : state_(std::make_unique<TrainerState>(std::move(model), std::move(compile))) {}
Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;
Trainer& Trainer::operator=(Trainer&&) noexcept = default;

Figures Trainer::evaluate(const Dataset& data, std::int64_t batch_size, int threads) {
  if (batch_size < 1) throw Error(ErrorCode::kInvalidArgument, "a batch of " + std::to_string(batch_size) + " rows", "give 1 or more");
  const int count = threads_or_cores(threads > 0 ? threads : state_->threads);
  const TrainingData prepared = prepare(state_->evaluation(count).graph(), data);
  return state_->evaluate(prepared, batch_size, count, "");
}

int Trainer::threads() const { return state_->threads; }

void Trainer::set_learning_rate(double rate) {
  if (!std::isfinite(rate) || rate < 0)
    throw Error(ErrorCode::kInvalidArgument, "learning rate " + std::to_string(rate), "give a finite number, 0 or more");
  state_->rate = rate;
}

double Trainer::learning_rate() const { return state_->rate; }

Model Trainer::model() const { return state_->model(); }

}  // namespace upkeep
