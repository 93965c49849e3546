#include "metrics/shared/paired.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/format.hpp"
#include "base/random.hpp"
#include "upkeep/error.hpp"

namespace upkeep::metrics {

namespace {

using Blocks = std::vector<std::unique_ptr<Metric>>;

constexpr double kCannotTell = std::numeric_limits<double>::quiet_NaN();

std::unique_ptr<Metric> of_all(const Metric& metric, const Tensor& predictions, const Tensor& targets) {
  std::unique_ptr<Metric> all = metric.fresh();
  all->add(predictions, targets);
  return all;
}

void bound(Bounds& bounds, std::vector<double>& changes, double level) {
  std::erase_if(changes, [](double change) { return !std::isfinite(change); });
  if (changes.empty()) return;
  std::ranges::sort(changes);
  bounds.low = quantile(changes, (1 - level) / 2);
  bounds.high = quantile(changes, (1 + level) / 2);
}

void resample(PairedChange& change, const Metric& metric, const Blocks& before, const Blocks& after, const BootstrapOptions& options) {
  Random random(options.seed, stream_id("paired bootstrap"));
  std::vector<double> absolute, relative;
  std::vector<std::size_t> drawn(before.size());
  for (std::int64_t i = 0; i < options.resamples; ++i) {
    std::ranges::generate(drawn, [&] { return static_cast<std::size_t>(random.below(before.size())); });
    const double first = merged(metric, before, drawn);
    const double difference = merged(metric, after, drawn) - first;
    absolute.push_back(difference);
    relative.push_back(difference / std::abs(first));
  }
  bound(change.absolute, absolute, options.level);
  bound(change.relative, relative, options.level);
}

bool equal_rows(const Tensor& a, const Tensor& b, std::int64_t row) { return a.rows(row, row + 1) == b.rows(row, row + 1); }

// Sums over rows of the change of a share.
struct RowChanges {
  double trials = 0;
  double sum = 0;
  double squares = 0;
};

double hits_of(const Metric& metric, const Tensor& predictions, const Tensor& targets, std::int64_t row) {
  return of_all(metric, predictions.rows(row, row + 1), targets.rows(row, row + 1))->proportion().value_or(Proportion{}).hits;
}

// nullopt: the metric is no share of the same rows for both.
std::optional<RowChanges> row_changes(const Metric& metric, const Tensor& before, const Tensor& after, const Tensor& targets) {
  const std::optional<Proportion> one = of_all(metric, before, targets)->proportion();
  const std::optional<Proportion> other = of_all(metric, after, targets)->proportion();
  if (!one || !other || one->trials != other->trials || one->trials > static_cast<double>(targets.dim(0))) return std::nullopt;
  RowChanges changes{.trials = one->trials};
  for (std::int64_t row = 0; row < targets.dim(0); ++row) {
    if (equal_rows(before, after, row)) continue;
    const double change = hits_of(metric, after, targets, row) - hits_of(metric, before, targets, row);
    changes.sum += change;
    changes.squares += change * change;
  }
  return changes;
}

void widen(PairedChange& change, double low, double high) {
  const auto cover = [](Bounds& bounds, double from, double to) {
    bounds.low = std::min(bounds.low, from);
    bounds.high = std::max(bounds.high, to);
  };
  cover(change.absolute, low, high);
  if (change.before != 0) cover(change.relative, low / std::abs(change.before), high / std::abs(change.before));
}

// With n trials, s the sum of the rows' changes and q that of their squares:  s/(n+2) +- z sqrt(q + 1 - s^2/(n+2)) / (n+2)
void cover_paired_shares(PairedChange& change, const RowChanges& rows) {
  const double trials = rows.trials + 2;
  const double half = normal_quantile((1 - change.level) / 2) * std::sqrt(rows.squares + 1 - rows.sum * rows.sum / trials) / trials;
  change.rows_changed = rows.squares > 0;
  change.method += ", and the adjusted interval of paired shares";
  widen(change, rows.sum / trials - half, rows.sum / trials + half);
}

void cover_unseen(PairedChange& change) {
  if (change.absolute.low != change.absolute.high) return;
  const double margin = 3.0 / static_cast<double>(change.rows);
  change.rows_changed = false;
  change.method += ", and the rule of three";
  widen(change, change.absolute.value - margin, change.absolute.value + margin);
}

PairedChange measured(const NamedMetric& metric, const Tensor& before, const Tensor& after, const Tensor& targets, double level) {
  PairedChange change{.rows = targets.dim(0), .level = level};
  change.before = of_all(*metric.metric, before, targets)->value();
  change.after = of_all(*metric.metric, after, targets)->value();
  const double difference = change.after - change.before;
  change.absolute = {.value = difference, .low = kCannotTell, .high = kCannotTell};
  change.relative = {.value = difference / std::abs(change.before), .low = kCannotTell, .high = kCannotTell};
  return change;
}

}  // namespace

PairedChange paired_change(const NamedMetric& metric, const Tensor& before, const Tensor& after, const Tensor& targets,
                           const BootstrapOptions& options) {
  if (before.rank() == 0 || before.shape() != after.shape() || targets.rank() == 0 || targets.dim(0) != before.dim(0))
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("answers {} and {}, and targets {}, do not go together", to_string(before.shape()), to_string(after.shape()),
                               to_string(targets.shape())));
  PairedChange change = measured(metric, before, after, targets, options.level);
  if (before == after) {
    change.same = true;
    change.rows_changed = false;
    change.absolute = change.relative = {};
    change.method = "the answers are equal";
    return change;
  }
  const std::int64_t count = std::min(options.most_blocks, change.rows);
  if (count < kFewestBlocks) {
    change.method = upkeep::format("none: {} rows are too few for a bootstrap, which needs {}", count, kFewestBlocks);
    return change;
  }
  change.method = upkeep::format("paired percentile bootstrap, {} resamples of {} blocks, seed {}", options.resamples, count, options.seed);
  resample(change, *metric.metric, accumulate_blocks(*metric.metric, before, targets, {}, count),
           accumulate_blocks(*metric.metric, after, targets, {}, count), options);
  if (const std::optional<RowChanges> rows = row_changes(*metric.metric, before, after, targets)) cover_paired_shares(change, *rows);
  else cover_unseen(change);
  return change;
}

}  // namespace upkeep::metrics
