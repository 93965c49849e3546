#include "train/rate_range.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "base/cores.hpp"
#include "base/format.hpp"
#include "base/random.hpp"
#include "train/trainer_state.hpp"
#include "train/training_data.hpp"

namespace upkeep {

namespace {

void check(const RateRangeOptions& options) {
  if (!(options.lowest > 0 && options.lowest < options.highest && std::isfinite(options.highest)))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("learning rates from {} to {}", options.lowest, options.highest),
                "give 0 < lowest < highest");
  if (options.steps < 10) throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} steps", options.steps), "give 10 or more");
  if (options.batch_size < 1)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("a batch of {} rows", options.batch_size), "give 1 or more");
}

// Batches without end: epoch after epoch, each shuffled.
class Batches {
 public:
  Batches(std::int64_t rows, const RateRangeOptions& options) : rows_(rows), options_(options) {}
  std::vector<std::int64_t> next() {
    if (at_ >= order_.size()) {
      order_ = Random(options_.seed, stream_id("shuffle"), epoch_++).permutation(rows_);
      at_ = 0;
    }
    const std::size_t end = std::min(order_.size(), at_ + static_cast<std::size_t>(options_.batch_size));
    const auto begin = order_.begin();
    std::vector<std::int64_t> batch(begin + static_cast<std::ptrdiff_t>(at_), begin + static_cast<std::ptrdiff_t>(end));
    at_ = end;
    return batch;
  }

 private:
  std::int64_t rows_;
  const RateRangeOptions& options_;
  std::vector<std::int64_t> order_;
  std::size_t at_ = 0;
  std::uint32_t epoch_ = 0;
};

// The standard deviation of the running mean of independent losses, estimated from the first quarter of the steps, where rates are small.
double noise_of_smoothed(const RateRange& range, const RateRangeOptions& options) {
  if (range.losses.size() < 8) return std::numeric_limits<double>::infinity();
  const std::span<const double> losses = std::span(range.losses).first(range.losses.size() / 4);
  const auto count = static_cast<double>(losses.size());
  double mean = 0;
  double square = 0;
  for (const double loss : losses) mean += loss / count;
  for (const double loss : losses) square += (loss - mean) * (loss - mean) / (count - 1);
  return std::sqrt(square * (1 - options.smoothing) / (1 + options.smoothing));
}

// The smoothed loss's slope over steps (that is, over the logarithm of the rate) is taken across a fifth of a decade, or two steps.
void suggest(RateRange& range, const RateRangeOptions& options) {
  const std::size_t count = range.smoothed.size();
  const auto settled = std::min(count - 1, static_cast<std::size_t>(1 / (1 - options.smoothing)));
  const auto lowest = std::min_element(range.smoothed.begin() + static_cast<std::ptrdiff_t>(settled), range.smoothed.end());
  const auto low = static_cast<std::size_t>(lowest - range.smoothed.begin());
  range.lowest_at = range.rates[low];
  const double decades = std::log10(options.highest / options.lowest);
  const auto reach = std::max<std::size_t>(2, static_cast<std::size_t>(0.2 / decades * static_cast<double>(options.steps)));
  double steepest = 0;
  range.steepest_at = range.lowest_at / 10;
  for (std::size_t i = settled; i + reach <= low; ++i) {
    const double slope = range.smoothed[i + reach] - range.smoothed[i];
    if (slope >= steepest) continue;
    steepest = slope;
    range.steepest_at = range.rates[i + reach / 2];
  }
  range.suggestion = std::min(range.steepest_at, range.lowest_at / 10);
  range.falls = range.smoothed[settled] - *lowest > 3 * noise_of_smoothed(range, options);
}

}  // namespace

RateRange learning_rate_range(const Model& model, const Compile& compile, const Dataset& data, const RateRangeOptions& options) {
  check(options);
  TrainerState state(model, compile);
  GraphRunner& runner =
      state.training(threads_or_cores(options.threads), data.sample_weights.size() > 0 ? SampleWeights::kGiven : SampleWeights::kNone);
  const TrainingData prepared = prepare(runner.graph(), data);
  Batches batches(prepared.rows, options);
  RateRange range{.rates = {}, .losses = {}, .smoothed = {}, .ended = "the highest rate was reached"};
  double running = 0;
  double best = std::numeric_limits<double>::infinity();
  for (std::int64_t step = 0; step < options.steps; ++step) {
    const double share = static_cast<double>(step) / static_cast<double>(options.steps - 1);
    const double rate = options.lowest * std::pow(options.highest / options.lowest, share);
    runner.run(prepared, batches.next(), {.seed = options.seed, .step = step});
    if (!std::isfinite(runner.loss())) {
      range.ended = upkeep::format("the loss is {} at rate {:.3g}", runner.loss(), rate);
      break;
    }
    running = options.smoothing * running + (1 - options.smoothing) * double{runner.loss()};
    range.rates.push_back(rate);
    range.losses.push_back(double{runner.loss()});
    range.smoothed.push_back(running / (1 - std::pow(options.smoothing, static_cast<double>(step + 1))));
    best = std::min(best, range.smoothed.back());
    if (range.smoothed.back() > options.stop_factor * best) {
      range.ended = upkeep::format("the loss is {:.3g} times its lowest at rate {:.3g}", range.smoothed.back() / best, rate);
      break;
    }
    state.parameters.update(*state.optimizer, {.iteration = ++state.iteration, .learning_rate = rate});
    runner.apply_updates();
  }
  if (range.rates.empty())
    throw Error(ErrorCode::kFailedPrecondition, "the loss is not finite before the first step", "look at the data and the weights");
  suggest(range, options);
  return range;
}

}  // namespace upkeep
