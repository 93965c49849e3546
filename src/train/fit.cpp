// Trainer::fit: epochs of steps over one bound gradient graph.

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/clock.hpp"
#include "base/cores.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "base/random.hpp"
#include "data/loader.hpp"
#include "train/callbacks/callback.hpp"
#include "train/checkpoint.hpp"
#include "train/columns.hpp"
#include "train/losses/loss.hpp"
#include "train/not_finite.hpp"
#include "train/schedules/schedule.hpp"
#include "train/trainer_state.hpp"
#include "train/validation.hpp"

namespace upkeep {

namespace {

constexpr std::int64_t kEvaluationBatch = 256;  // rows at once; the figures do not depend on it

// One call of fit(). An epoch that does not come to its end leaves no trace: the state goes back to where the epoch began.
class Fit : public callbacks::Run {
 public:
  Fit(TrainerState& state, const Dataset& data, const FitOptions& options);
  History run(const std::vector<std::string>& class_names);

  void keep(const std::string& snapshot) override;
  bool has(const std::string& snapshot) const override { return record_.snapshots.contains(snapshot); }
  void take_weights(const std::string& snapshot) override;
  void prune(double sparsity) override { state_.prune(sparsity); }
  Model model() const override { return state_.model(); }
  std::int64_t epoch() const override { return state_.epoch; }
  void event(TrainingEvent event) override;

 private:
  enum class Outcome { kDone, kStopped, kRolledBack, kEnded };
  struct Decision {  // the first verdict that is not "go on", with the callback that gave it
    callbacks::Verdict verdict;
    const callbacks::Callback* by = nullptr;
    const std::string* name = nullptr;
  };

  void split();
  void begin();
  void resume();
  void warn(const char* kind, const std::string& text);
  void warn_of_unseen_classes(const std::vector<std::string>& names);
  void warn_of_targets_beyond_one();
  Outcome one_epoch();
  Outcome steps();
  void make_loader();
  Outcome step(std::span<const std::int64_t> rows, std::int64_t batch, const Batch* augmented);
  void run_share(std::span<const std::int64_t> rows, const Batch* augmented);
  void gather_figures(std::span<const std::int64_t> rows);
  template <typename Ask>
  Decision decide(Ask&& ask);
  Decision ask_about_batch(std::int64_t batch, double loss);
  Outcome follow(const Decision& decision, std::int64_t batch);
  void roll_back(const Decision& decision, std::int64_t batch);
  std::vector<Json> callback_states() const;
  void restore_callbacks(const std::vector<Json>& states);
  Figures figures();
  void commit(Figures figures, double seconds);
  void save();
  void show(std::int64_t batch);
  std::int64_t batches() const { return (data_.rows + options_.batch_size - 1) / options_.batch_size; }
  void find_cause(std::span<const std::int64_t> rows);
  std::string because() const { return cause_.text.empty() ? "" : ": " + cause_.text; }
  void note_validation(double loss);
  // This run's, or what the model was compiled with.
  const std::optional<NamedSettings>& chosen_schedule() const { return options_.schedule ? options_.schedule : state_.compile.schedule; }
  Error not_finite(const std::string& what, std::int64_t batch) const;

  // Where the loss of the last batch that was not finite comes from.
  struct Cause {
    std::string text;
    bool in_data = false;
  };

  TrainerState& state_;
  const Dataset& dataset_;
  const FitOptions& options_;
  SampleWeights weighted_;
  GraphRunner& runner_;
  TrainingData data_;
  std::optional<TrainingData> validation_;
  FitRecord record_;
  std::int64_t end_epoch_ = 0;
  std::unique_ptr<schedules::Schedule> schedule_;
  std::vector<std::unique_ptr<callbacks::Callback>> callbacks_;
  OneRank alone_;
  Ranks& ranks_;
  std::unique_ptr<Loader> loader_;  // where batches are augmented
  EpochFigures figures_;
  std::vector<std::int64_t> order_;
  Parameters::Values before_;  // of the epoch
  std::int64_t iteration_before_ = 0;
  float loss_ = 0;  // of the batch, over all ranks
  Cause cause_;
  bool said_validation_ = false;
  double last_rate_ = 0;
  std::unique_ptr<Progress> progress_;
  std::string progress_text_;
  std::optional<std::int64_t> kept_epoch_;  // whose weights a callback put back
};

bool weighs(const Dataset& data, const FitOptions& options) { return data.sample_weights.size() > 0 || !options.class_weights.empty(); }

Fit::Fit(TrainerState& state, const Dataset& data, const FitOptions& options)
    : state_(state),
      dataset_(data),
      options_(options),
      weighted_(weighs(data, options) ? SampleWeights::kGiven : SampleWeights::kNone),
      runner_(state.training(options.threads, weighted_)),
      data_(prepare(runner_.graph(), data)),
      ranks_(options.ranks ? *options.ranks : alone_),
      figures_(runner_.graph(), metrics_of(runner_.graph())) {
  state_.threads = options_.threads;
  if (options_.validation) validation_ = in_context("validation data", [&] { return prepare(runner_.graph(), *options_.validation); });
  else if (options_.validation_split > 0) split();
  if (!options_.class_weights.empty()) data_.sample_weights = weights_with_classes(data_, options_.class_weights);
  if (!options_.augment.empty()) make_loader();
  for (const NamedSettings& callback : options_.callbacks) callbacks_.push_back(callbacks::make(callback));
}

void Fit::make_loader() {
  LoaderData data{.columns = data_.inputs, .image = 0, .targets = data_.inputs.size()};
  data.columns.insert(data.columns.end(), data_.targets.begin(), data_.targets.end());
  if (data_.sample_weights.size() > 0) data.columns.push_back(data_.sample_weights);
  loader_ =
      std::make_unique<Loader>(std::move(data), augment::Pipeline(options_.augment),
                               LoaderOptions{.batch_size = options_.batch_size, .threads = options_.loader_threads, .seed = options_.seed});
  const Shape image(data_.inputs[0].shape().begin() + 1, data_.inputs[0].shape().end());
  if (loader_->columns()[0].row != image)
    throw Error(ErrorCode::kInvalidArgument, "augmentation turns rows of " + to_string(image) + " into " +
                                                 to_string(loader_->columns()[0].row) + ", which the model does not take");
}

TrainingData rows_of(const TrainingData& data, std::int64_t begin, std::int64_t end) {
  TrainingData part{.inputs = {}, .targets = {}, .sample_weights = {}, .rows = end - begin};
  for (const Tensor& input : data.inputs) part.inputs.push_back(input.rows(begin, end));
  for (const Tensor& targets : data.targets) part.targets.push_back(targets.rows(begin, end));
  if (data.sample_weights.size() > 0) part.sample_weights = data.sample_weights.rows(begin, end);
  return part;
}

void Fit::split() {
  const auto first = static_cast<std::int64_t>(split_tail(data_.rows, options_.validation_split).first.size());
  if (first == 0 || first == data_.rows)
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("a validation split of {} leaves {} of {} rows to train on", options_.validation_split, first, data_.rows),
                "both parts need at least one row");
  validation_ = rows_of(data_, first, data_.rows);
  data_ = rows_of(data_, 0, first);
}

std::unique_ptr<schedules::Schedule> make_schedule(const NamedSettings& chosen, const FitRecord& record) {
  return in_context("schedule " + chosen.name, [&] {
    auto schedule = schedules::catalog().at(chosen.name).make(chosen.values, record.initial_rate);
    try {
      if (!record.schedule_state.is_null()) schedule->restore(record.schedule_state);
    } catch (const std::exception& error) {
      throw Error(ErrorCode::kCorrupt, "the checkpoint's state of the schedule cannot be read", error.what());
    }
    return schedule;
  });
}

void Fit::begin() {
  record_ = {.options = nullptr, .begin_epoch = state_.epoch, .initial_rate = state_.rate, .schedule_state = nullptr};
  if (!options_.checkpoint.empty()) record_.options = run_options(options_, data_, validation_);
  if (options_.resume) resume();
  else if (!options_.checkpoint.empty()) expect_free_for(options_.checkpoint, state_, record_);
  end_epoch_ = record_.begin_epoch + options_.epochs;
  if (chosen_schedule()) schedule_ = make_schedule(*chosen_schedule(), record_);
  state_.parameters.keep_zeros(options_.keep_zeros ? state_.pruned : std::vector<std::string>{});
  order_.resize(static_cast<std::size_t>(data_.rows));
  std::iota(order_.begin(), order_.end(), 0);
  std::size_t next = 0;
  for (std::size_t i = 0; i < callbacks_.size(); ++i)
    in_context("callback " + options_.callbacks[i].name, [&] {
      if (callbacks::catalog().at(options_.callbacks[i].name).decides && next < record_.callback_states.size())
        callbacks_[i]->restore(record_.callback_states[next++]);
      else callbacks_[i]->begin(*this);
    });
  if (options_.show_progress && stderr_is_terminal()) progress_ = std::make_unique<Progress>("training", options_.epochs * batches());
}

void Fit::resume() {
  const std::filesystem::path folder = options_.checkpoint.parent_path();
  sweep_temporaries(folder.empty() ? "." : folder);
  if (const std::optional<FitRecord> saved = load_checkpoint(options_.checkpoint, state_, record_)) record_ = *saved;
  else note(upkeep::format("no checkpoint {} yet: training starts from the beginning", options_.checkpoint.string()));
}

History Fit::run(const std::vector<std::string>& class_names) {
  begin();
  if (state_.epoch == record_.begin_epoch) warn_of_targets_beyond_one();
  if (validation_ && state_.epoch == record_.begin_epoch)
    warn_of_unseen_classes(data_.targets.size() == 1 ? class_names : std::vector<std::string>{});
  Outcome outcome = Outcome::kDone;
  while (outcome != Outcome::kStopped && !record_.ended && state_.epoch < end_epoch_) {
    outcome = one_epoch();
    const bool goes_on = outcome == Outcome::kDone && !record_.ended && state_.epoch < end_epoch_;
    if (goes_on && (state_.epoch - record_.begin_epoch) % options_.checkpoint_every == 0) save();
  }
  if (outcome != Outcome::kStopped)
    for (const auto& callback : callbacks_) callback->end(*this);
  save();
  state_.parameters.finalize(*state_.optimizer);  // averaged weights take their place; a checkpoint goes on from those that were averaged
  const std::vector<Figures>& all = state_.history.epochs;
  const std::int64_t done = std::clamp<std::int64_t>(state_.epoch - record_.begin_epoch, 0, std::ssize(all));
  History history{.epochs = {all.end() - done, all.end()}, .events = state_.history.events};
  if (kept_epoch_ && *kept_epoch_ < state_.epoch) history.best = static_cast<std::size_t>(*kept_epoch_ - record_.begin_epoch - 1);
  return history;
}

// Of those that decide.
std::vector<Json> Fit::callback_states() const {
  std::vector<Json> states;
  for (std::size_t i = 0; i < callbacks_.size(); ++i)
    if (callbacks::catalog().at(options_.callbacks[i].name).decides) states.push_back(callbacks_[i]->state());
  return states;
}

void Fit::restore_callbacks(const std::vector<Json>& states) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < callbacks_.size(); ++i)
    if (callbacks::catalog().at(options_.callbacks[i].name).decides) callbacks_[i]->restore(states.at(next++));
}

Fit::Outcome Fit::one_epoch() {
  const Stopwatch watch;
  state_.parameters.remember(before_);
  iteration_before_ = state_.iteration;
  const std::vector<Json> callbacks_before = callback_states();
  const auto go_back = [&] {
    restore_callbacks(callbacks_before);
    state_.parameters.go_back(before_);
    state_.iteration = iteration_before_;
    figures_.clear();
  };
  try {
    const Outcome outcome = steps();
    if (outcome == Outcome::kStopped || outcome == Outcome::kEnded) go_back();
    if (outcome != Outcome::kDone) return outcome;
    commit(figures(), watch.seconds());
  } catch (...) {
    go_back();
    throw;
  }
  const Figures row = state_.history.epochs.back();  // a rollback may take it out of the history
  const callbacks::EpochFacts facts{.epoch = state_.epoch, .figures = row, .iteration = state_.iteration};
  const Outcome outcome = follow(decide([&](callbacks::Callback& callback) { return callback.epoch_end(facts, *this); }), 0);
  if (options_.on_epoch) options_.on_epoch(facts.epoch, row);
  return outcome;
}

Fit::Outcome Fit::steps() {
  if (options_.shuffle)
    order_ = Random(options_.seed, stream_id("shuffle"), static_cast<std::uint32_t>(state_.epoch)).permutation(data_.rows);
  const auto size = static_cast<std::size_t>(options_.batch_size);
  if (loader_) loader_->begin(order_, state_.epoch);
  std::int64_t batch = 0;
  for (std::size_t begin = 0; begin < order_.size(); begin += size) {
    if (options_.stop && options_.stop()) return Outcome::kStopped;
    const Batch* augmented = loader_ ? loader_->next() : nullptr;
    if (record_.skipped.contains({state_.epoch + 1, ++batch})) continue;
    const Outcome outcome = step(std::span(order_).subspan(begin, std::min(size, order_.size() - begin)), batch, augmented);
    if (outcome != Outcome::kDone) return outcome;
  }
  if (state_.parameters.finite()) return Outcome::kDone;
  const Decision decision = ask_about_batch(batch, std::numeric_limits<double>::quiet_NaN());
  if (!decision.by) throw not_finite("a weight", batch);
  return follow(decision, batch);
}

Fit::Outcome Fit::step(std::span<const std::int64_t> rows, std::int64_t batch, const Batch* augmented) {
  run_share(rows, augmented);
  last_rate_ = schedule_ ? schedule_->rate(state_.rate, state_.iteration) : state_.rate;
  cause_ = {};
  if (!std::isfinite(loss_)) find_cause(rows);
  if (const Decision decision = ask_about_batch(batch, double{loss_}); decision.by) return follow(decision, batch);
  if (!std::isfinite(loss_)) throw not_finite("the loss", batch);
  state_.parameters.update(*state_.optimizer, {.iteration = ++state_.iteration, .learning_rate = last_rate_});
  runner_.apply_updates();
  gather_figures(rows);
  if (progress_) show(batch);
  return Outcome::kDone;
}

// Of several ranks each runs its part of the rows; the batch's loss, gradients and updates are the means over all of its rows.
void Fit::run_share(std::span<const std::int64_t> rows, const Batch* augmented) {
  const std::span<const std::int64_t> mine = ranks_.share(rows);
  const RandomPlace place{.seed = options_.seed, .step = state_.iteration};
  if (augmented && !mine.empty()) runner_.run(*augmented, static_cast<std::size_t>(mine.data() - rows.data()), mine.size(), place);
  else if (!mine.empty()) runner_.run(data_, mine, place);
  loss_ = runner_.loss();
  if (ranks_.count() == 1) return;
  const float share = static_cast<float>(mine.size()) / static_cast<float>(rows.size());
  const auto reduce = [&](std::span<float> values) {
    for (float& value : values) value = mine.empty() ? 0.0F : value * share;
    ranks_.sum(values);
  };
  reduce(state_.parameters.gradients());
  for (std::vector<float>& update : runner_.updates()) reduce(update);
  reduce(std::span(&loss_, 1));
}

void Fit::gather_figures(std::span<const std::int64_t> rows) {
  if (ranks_.count() == 1) figures_.add(runner_, rows.size());
  else figures_.add(runner_, ranks_.share(rows).size(), rows.size(), loss_, ranks_);
}

template <typename Ask>
Fit::Decision Fit::decide(Ask&& ask) {
  Decision decision;
  for (std::size_t i = 0; i < callbacks_.size(); ++i) {
    const std::string& name = options_.callbacks[i].name;
    callbacks::Verdict verdict = in_context("callback " + name, [&] { return ask(*callbacks_[i]); });
    if (decision.by || verdict.kind == callbacks::Verdict::Kind::kGoOn) continue;  // every callback sees every batch
    decision = {.verdict = std::move(verdict), .by = callbacks_[i].get(), .name = &name};
  }
  return decision;
}

Fit::Decision Fit::ask_about_batch(std::int64_t batch, double loss) {
  const callbacks::BatchFacts facts{.epoch = state_.epoch + 1,
                                    .batch = batch,
                                    .batches = batches(),
                                    .iteration = state_.iteration,
                                    .loss = loss,
                                    .learning_rate = last_rate_};
  return decide([&](callbacks::Callback& callback) { return callback.batch_end(facts, *this); });
}

Fit::Outcome Fit::follow(const Decision& decision, std::int64_t batch) {
  if (!decision.by) return Outcome::kDone;
  if (decision.verdict.kind == callbacks::Verdict::Kind::kRollBack) {
    roll_back(decision, batch);
    return Outcome::kRolledBack;
  }
  event({.epoch = batch > 0 ? state_.epoch + 1 : state_.epoch,
         .batch = batch,
         .kind = *decision.name,
         .text = decision.verdict.reason + because()});
  record_.ended = true;
  return batch > 0 ? Outcome::kEnded : Outcome::kDone;
}

void Fit::roll_back(const Decision& decision, std::int64_t batch) {
  const Snapshot& to = record_.snapshots.at(decision.by->snapshot());
  const std::int64_t at = batch > 0 ? state_.epoch + 1 : state_.epoch;
  const double rate_before = state_.rate;
  for (std::int64_t i = 0; batch > 0 && i < decision.verdict.skip_batches && batch - i > 0; ++i) record_.skipped.insert({at, batch - i});
  state_.parameters.go_back(to.values);
  state_.iteration = to.iteration;
  state_.epoch = to.epoch;
  state_.rate = to.rate * decision.verdict.rate_factor;
  state_.history.epochs.resize(static_cast<std::size_t>(to.history));
  record_.schedule_state = to.schedule_state;
  if (chosen_schedule()) schedule_ = make_schedule(*chosen_schedule(), record_);
  figures_.clear();
  event({.epoch = at,
         .batch = batch,
         .kind = *decision.name,
         .text = upkeep::format("{}{}: back to the end of epoch {}, learning rate {:.6g} -> {:.6g}", decision.verdict.reason, because(),
                                to.epoch, rate_before, state_.rate)});
  record_.ended = record_.ended || decision.verdict.gives_up;
  for (const auto& callback : callbacks_) callback->rolled_back(state_.epoch, *this);
}

void Fit::keep(const std::string& snapshot) {
  Snapshot& into = record_.snapshots[snapshot];
  state_.parameters.remember(into.values);
  into.iteration = state_.iteration;
  into.epoch = state_.epoch;
  into.rate = state_.rate;
  into.schedule_state = schedule_ ? schedule_->state() : Json(nullptr);
  into.history = std::ssize(state_.history.epochs);
}

void Fit::take_weights(const std::string& snapshot) {
  state_.parameters.go_back(record_.snapshots.at(snapshot).values);
  kept_epoch_ = record_.snapshots.at(snapshot).epoch;
}

void Fit::event(TrainingEvent event) {
  if (options_.show_progress) {
    std::string when = upkeep::format("epoch {}", event.epoch);
    if (record_.begin_epoch > 0) when += upkeep::format(" ({} of this run)", event.epoch - record_.begin_epoch);
    if (event.batch > 0) when += upkeep::format(", batch {}", event.batch);
    note(upkeep::format("{}: {}: {}", when, event.kind, event.text));
  }
  state_.history.events.push_back(std::move(event));
}

// Once.
void Fit::warn(const char* kind, const std::string& text) {
  if (!text.empty() && !std::ranges::contains(state_.history.events, text, &TrainingEvent::text))
    event({.epoch = state_.epoch, .batch = 0, .kind = kind, .text = text});
}

void Fit::warn_of_unseen_classes(const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < data_.targets.size(); ++i)
    warn("validation", unseen_classes(data_.targets[i], validation_->targets[i], names));
}

// Keras computes a crossentropy of any number; only of those from 0 to 1 is it one.
void Fit::warn_of_targets_beyond_one() {
  for (std::size_t i = 0; i < data_.targets.size(); ++i) {
    const NamedSettings& loss = runner_.graph().outputs[i].compile.loss;
    const Tensor& targets = data_.targets[i];
    if (losses::catalog().at(loss.name).classes != losses::Classes::kTwo || targets.dtype() != DType::kFloat32) continue;
    const auto beyond = std::ranges::find_if(targets.floats(), [](float target) { return target < 0 || target > 1; });
    if (beyond == targets.floats().end()) continue;
    const std::int64_t row = (beyond - targets.floats().begin()) / (targets.size() / targets.dim(0));
    warn("targets", upkeep::format("{} takes targets from 0 to 1, and row {} has {:g}", loss.name, dataset_.row_number(row), *beyond));
  }
}

void Fit::find_cause(std::span<const std::int64_t> rows) {
  cause_ = {.text = gaps_in(dataset_, rows), .in_data = true};
  if (!cause_.text.empty()) return;
  std::string grown;
  try {
    const Model model = state_.model();
    cause_ = {.text = origin_in(model, dataset_, rows)};
    if (cause_.text.empty()) grown = grown_answer_in(model, dataset_, rows);
  } catch (const Error&) {  // the loss itself is reported; a graph that does not run by itself only tells less
  }
  if (!cause_.text.empty()) return;
  std::string largest = largest_in(dataset_, rows);
  if (largest.empty()) largest = std::move(grown);
  cause_ = {.text = largest.empty() ? "the model's answers are finite, and the loss is not defined for one of them or for its target"
                                    : "it overflows, " + largest};
}

Error Fit::not_finite(const std::string& what, std::int64_t batch) const {
  return Error(
      ErrorCode::kFailedPrecondition, upkeep::format("{} is not finite in epoch {}, batch {}{}", what, state_.epoch + 1, batch, because()),
      upkeep::format("the model keeps the weights from before this epoch; {}",
                     cause_.in_data && !cause_.text.empty() ? "fill such values in, or leave the rows out"
                                                            : "try a lower learning rate, gradient clipping, or inputs of smaller scale"));
}

// Once: the run goes on, as Keras's does.
void Fit::note_validation(double loss) {
  if (std::isfinite(loss) || said_validation_) return;
  said_validation_ = true;
  const Dataset& from = options_.validation ? *options_.validation : dataset_;
  std::vector<std::int64_t> rows = all_rows(from);
  if (!options_.validation) rows.erase(rows.begin(), rows.begin() + data_.rows);
  const std::string gaps = gaps_in(from, rows);
  note(upkeep::format("val_loss is not finite{}{}", gaps.empty() ? "" : ": ", gaps));
}

Figures Fit::figures() {
  Figures figures = figures_.take();
  if (!validation_) return figures;
  const std::int64_t rows = std::max(options_.batch_size, kEvaluationBatch);
  for (auto& figure : state_.evaluate(*validation_, rows, options_.threads, "val_")) {
    if (figure.first == "val_loss") note_validation(figure.second);
    figures.push_back(std::move(figure));
  }
  return figures;
}

void Fit::commit(Figures figures, double seconds) {
  const double rate = schedule_ ? schedule_->epoch_end(state_.rate, {figures.begin(), figures.end()}) : state_.rate;
  progress_text_ = upkeep::format("epoch {}/{}", state_.epoch - record_.begin_epoch + 1, options_.epochs);
  for (const auto& [name, value] : figures) progress_text_ += upkeep::format("  {} {:.4g}", name, value);
  figures.emplace_back("learning_rate", last_rate_);
  figures.emplace_back("seconds", seconds);
  state_.history.epochs.push_back(std::move(figures));
  state_.rate = rate;
  state_.seed = options_.seed;
  state_.trained_threads = options_.threads;
  ++state_.epoch;
}

void Fit::save() {
  if (options_.checkpoint.empty()) return;
  if (schedule_) record_.schedule_state = schedule_->state();
  record_.callback_states = callback_states();
  save_checkpoint(options_.checkpoint, state_, record_);
}

void Fit::show(std::int64_t batch) { progress_->update((state_.epoch - record_.begin_epoch) * batches() + batch, progress_text_); }

void check(const FitOptions& options) {
  const auto refuse = [](bool wrong, const std::string& what, const std::string& hint) {
    if (wrong) throw Error(ErrorCode::kInvalidArgument, what, hint);
  };
  refuse(options.epochs < 0, upkeep::format("{} epochs", options.epochs), "give 0 or more");
  refuse(options.batch_size < 1, upkeep::format("a batch of {} rows", options.batch_size), "give 1 or more");
  refuse(!(options.validation_split >= 0 && options.validation_split < 1),
         upkeep::format("a validation split of {}", options.validation_split), "it is in [0, 1)");
  refuse(options.checkpoint_every < 1, upkeep::format("a checkpoint every {} epochs", options.checkpoint_every), "give 1 or more");
  refuse(options.threads < 0, upkeep::format("{} threads", options.threads), "give 1 or more, or 0 for one per core");
  refuse(options.resume && options.checkpoint.empty(), "nothing to resume from", "name the checkpoint");
}

}  // namespace

History Trainer::fit(const Dataset& data, const FitOptions& options) {
  check(options);
  FitOptions own = options;
  if (own.threads == 0 && own.resume) own.threads = threads_of_checkpoint(own.checkpoint).value_or(0);
  own.threads = threads_or_cores(own.threads);
  return Fit(*state_, data, own).run(data.class_names);
}

}  // namespace upkeep
