// Trainer::fit: epochs of steps over one bound gradient graph.

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/format.hpp"
#include "base/progress.hpp"
#include "base/random.hpp"
#include "train/checkpoint.hpp"
#include "train/columns.hpp"
#include "train/schedules/schedule.hpp"
#include "train/trainer_state.hpp"

namespace upkeep {

namespace {

constexpr std::int64_t kEvaluationBatch = 256;  // rows at once; the figures do not depend on it

// One call of fit(). An epoch that does not come to its end leaves no trace: the state goes back to where the epoch began.
class Fit {
 public:
  Fit(TrainerState& state, const Dataset& data, const FitOptions& options);
  History run();

 private:
  void split();
  void begin();
  void resume();
  bool epoch();
  bool steps();
  void step(std::span<const std::int64_t> rows, std::size_t batch);
  Figures figures();
  void commit(Figures figures, double seconds);
  void save();
  void show(std::size_t batch);
  std::int64_t batches() const { return (data_.rows + options_.batch_size - 1) / options_.batch_size; }
  Error not_finite(const std::string& what, std::size_t batch) const;

  TrainerState& state_;
  const FitOptions& options_;
  GraphRunner& runner_;
  TrainingData data_;
  std::optional<TrainingData> validation_;
  FitRecord record_;
  std::int64_t end_epoch_ = 0;
  std::unique_ptr<schedules::Schedule> schedule_;
  EpochFigures figures_;
  std::vector<std::int64_t> order_;
  double last_rate_ = 0;
  std::unique_ptr<Progress> progress_;
  std::string progress_text_;
};

Fit::Fit(TrainerState& state, const Dataset& data, const FitOptions& options)
    : state_(state),
      options_(options),
      runner_(state.training(options.threads)),
      data_(prepare(runner_.graph(), data)),
      figures_(runner_.graph(), state.metrics) {
  state_.threads = options_.threads;
  if (options_.validation) validation_ = in_context("validation data", [&] { return prepare(runner_.graph(), *options_.validation); });
  else if (options_.validation_split > 0) split();
}

TrainingData rows_of(const TrainingData& data, std::int64_t begin, std::int64_t end) {
  TrainingData part{.inputs = {}, .targets = data.targets.rows(begin, end), .rows = end - begin};
  for (const Tensor& input : data.inputs) part.inputs.push_back(input.rows(begin, end));
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
  end_epoch_ = record_.begin_epoch + options_.epochs;
  if (options_.schedule) schedule_ = make_schedule(*options_.schedule, record_);
  state_.parameters.keep_zeros(options_.keep_zeros ? metadata_list(state_.base, kPrunedKey) : std::vector<std::string>{});
  order_.resize(static_cast<std::size_t>(data_.rows));
  std::iota(order_.begin(), order_.end(), 0);
  if (options_.show_progress && stderr_is_terminal()) progress_ = std::make_unique<Progress>("training", options_.epochs * batches());
}

void Fit::resume() {
  const std::filesystem::path folder = options_.checkpoint.parent_path();
  sweep_temporaries(folder.empty() ? "." : folder);
  if (const std::optional<FitRecord> saved = load_checkpoint(options_.checkpoint, state_, record_)) record_ = *saved;
  else note(upkeep::format("no checkpoint {} yet: training starts from the beginning", options_.checkpoint.string()));
}

History Fit::run() {
  begin();
  bool stopped = false;
  while (!stopped && state_.epoch < end_epoch_) {
    stopped = !epoch();
    if (stopped || state_.epoch == end_epoch_ || (state_.epoch - record_.begin_epoch) % options_.checkpoint_every == 0) save();
  }
  const std::vector<Figures>& all = state_.history.epochs;
  const std::int64_t done = std::clamp<std::int64_t>(state_.epoch - record_.begin_epoch, 0, std::ssize(all));
  return {.epochs = {all.end() - done, all.end()}};
}

// False when it was stopped before its end.
bool Fit::epoch() {
  const Stopwatch watch;
  const std::int64_t iteration = state_.iteration;
  state_.parameters.remember();
  const auto go_back = [&] {
    state_.parameters.go_back();
    state_.iteration = iteration;
  };
  try {
    if (!steps()) {
      go_back();
      return false;
    }
    commit(figures(), watch.seconds());
  } catch (...) {
    go_back();
    throw;
  }
  if (options_.on_epoch) options_.on_epoch(state_.epoch, state_.history.epochs.back());
  return true;
}

bool Fit::steps() {
  if (options_.shuffle)
    order_ = Random(options_.seed, stream_id("shuffle"), static_cast<std::uint32_t>(state_.epoch)).permutation(data_.rows);
  const auto size = static_cast<std::size_t>(options_.batch_size);
  std::size_t batch = 0;
  for (std::size_t begin = 0; begin < order_.size(); begin += size) {
    if (options_.stop && options_.stop()) return false;
    step(std::span(order_).subspan(begin, std::min(size, order_.size() - begin)), ++batch);
  }
  if (!state_.parameters.finite()) throw not_finite("a weight", batch);
  return true;
}

void Fit::step(std::span<const std::int64_t> rows, std::size_t batch) {
  runner_.run(data_, rows, {.seed = options_.seed, .step = state_.iteration});
  if (!std::isfinite(runner_.loss())) throw not_finite("the loss", batch);
  last_rate_ = schedule_ ? schedule_->rate(state_.rate, state_.iteration) : state_.rate;
  state_.parameters.update(*state_.optimizer, {.iteration = ++state_.iteration, .learning_rate = last_rate_});
  figures_.add(runner_, rows.size());
  if (progress_) show(batch);
}

Error Fit::not_finite(const std::string& what, std::size_t batch) const {
  return Error(
      ErrorCode::kFailedPrecondition, upkeep::format("{} is not finite in epoch {}, batch {}", what, state_.epoch + 1, batch),
      "the model keeps the weights from before this epoch; try a lower learning rate, gradient clipping, or inputs of smaller scale");
}

Figures Fit::figures() {
  Figures figures = figures_.take();
  if (!validation_) return figures;
  const std::int64_t rows = std::max(options_.batch_size, kEvaluationBatch);
  for (auto& figure : state_.evaluate(*validation_, rows, options_.threads, "val_")) figures.push_back(std::move(figure));
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
  ++state_.epoch;
}

void Fit::save() {
  if (options_.checkpoint.empty()) return;
  if (schedule_) record_.schedule_state = schedule_->state();
  save_checkpoint(options_.checkpoint, state_, record_);
}

void Fit::show(std::size_t batch) {
  progress_->update((state_.epoch - record_.begin_epoch) * batches() + static_cast<std::int64_t>(batch), progress_text_);
}

void check(const FitOptions& options) {
  const auto refuse = [](bool wrong, const std::string& what, const std::string& hint) {
    if (wrong) throw Error(ErrorCode::kInvalidArgument, what, hint);
  };
  refuse(options.epochs < 0, upkeep::format("{} epochs", options.epochs), "give 0 or more");
  refuse(options.batch_size < 1, upkeep::format("a batch of {} rows", options.batch_size), "give 1 or more");
  refuse(!(options.validation_split >= 0 && options.validation_split < 1),
         upkeep::format("a validation split of {}", options.validation_split), "it is in [0, 1)");
  refuse(options.checkpoint_every < 1, upkeep::format("a checkpoint every {} epochs", options.checkpoint_every), "give 1 or more");
  refuse(options.threads < 1, upkeep::format("{} threads", options.threads), "give 1 or more");
  refuse(options.resume && options.checkpoint.empty(), "nothing to resume from", "name the checkpoint");
}

}  // namespace

History Trainer::fit(const Dataset& data, const FitOptions& options) {
  check(options);
  return Fit(*state_, data, options).run();
}

}  // namespace upkeep
