#include "metrics/shared/interval.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "base/format.hpp"
#include "base/random.hpp"
#include "upkeep/error.hpp"

namespace upkeep::metrics {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

void expect_level(double level) {
  if (!(level > 0 && level < 1))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} is no confidence level", level), "a number in (0, 1), such as 0.95");
}

std::vector<double> resampled_values(const Metric& metric, const std::vector<std::unique_ptr<Metric>>& blocks,
                                     const BootstrapOptions& options) {
  Random random(options.seed, stream_id("bootstrap"));
  std::vector<double> values;
  for (std::int64_t i = 0; i < options.resamples; ++i) {
    const std::unique_ptr<Metric> sum = metric.fresh();
    for (std::size_t draw = 0; draw < blocks.size(); ++draw) sum->merge(*blocks[random.below(blocks.size())]);
    if (const double value = sum->value(); !std::isnan(value)) values.push_back(value);
  }
  std::ranges::sort(values);
  return values;
}

void expect_rows(const Tensor& predictions, const Tensor& targets, std::span<const float> weights) {
  if (predictions.rank() == 0 || targets.rank() == 0 || predictions.dim(0) != targets.dim(0) ||
      (!weights.empty() && static_cast<std::int64_t>(weights.size()) != predictions.dim(0)))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("predictions {} and targets {} have different rows",
                                                            to_string(predictions.shape()), to_string(targets.shape())));
}

}  // namespace

// Newton's method from 0: the tail is convex there, so it comes up to z and never passes it.
double normal_quantile(double tail) {
  double z = 0;
  for (int i = 0; i < 200; ++i) {
    const double excess = 0.5 * std::erfc(z / std::numbers::sqrt2) - tail;
    const double step = excess * std::sqrt(2 * std::numbers::pi) * std::exp(z * z / 2);
    z += step;
    if (step < 1e-15 * z) break;
  }
  return z;
}

double quantile(const std::vector<double>& sorted, double p) {
  const double place = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

std::vector<std::unique_ptr<Metric>> accumulate_blocks(const Metric& metric, const Tensor& predictions, const Tensor& targets,
                                                       std::span<const float> weights, std::int64_t count) {
  std::vector<std::unique_ptr<Metric>> blocks;
  const std::int64_t rows = predictions.dim(0);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t begin = rows * i / count;
    const std::int64_t end = rows * (i + 1) / count;
    blocks.push_back(metric.fresh());
    const auto part = weights.empty() ? weights : weights.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    blocks.back()->add(predictions.rows(begin, end), targets.rows(begin, end), part);
  }
  return blocks;
}

double merged(const Metric& metric, const std::vector<std::unique_ptr<Metric>>& blocks, std::span<const std::size_t> drawn) {
  const std::unique_ptr<Metric> sum = metric.fresh();
  for (const std::size_t block : drawn) sum->merge(*blocks[block]);
  return sum->value();
}

Interval wilson_interval(const Proportion& share, double level) {
  expect_level(level);
  if (!(share.hits >= 0 && share.hits <= share.trials * (1 + 1e-12)))
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} hits in {} trials", share.hits, share.trials));
  Interval interval{.low = kNan, .high = kNan, .level = level, .method = "Wilson"};
  if (share.trials == 0) return interval;
  const double p = std::min(share.hits / share.trials, 1.0);
  const double z = normal_quantile((1 - level) / 2);
  const double spread = z * z / share.trials;
  const double half = std::sqrt(spread * (p * (1 - p) + spread / 4));
  interval.low = std::max((p + spread / 2 - half) / (1 + spread), 0.0);
  interval.high = std::min((p + spread / 2 + half) / (1 + spread), 1.0);
  return interval;
}

Interval bootstrap_interval(const NamedMetric& metric, const Tensor& predictions, const Tensor& targets, const BootstrapOptions& options,
                            std::span<const float> weights) {
  expect_level(options.level);
  expect_rows(predictions, targets, weights);
  if (options.resamples < 1 || options.most_blocks < 2)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} resamples of {} blocks", options.resamples, options.most_blocks),
                "at least 1 of at least 2");
  const std::int64_t count = std::min(options.most_blocks, predictions.dim(0));
  Interval interval{
      .low = kNan,
      .high = kNan,
      .level = options.level,
      .method = upkeep::format("percentile bootstrap, {} resamples of {} blocks, seed {}", options.resamples, count, options.seed)};
  if (count < kFewestBlocks) {
    interval.method = upkeep::format("none: {} rows are too few for a bootstrap, which needs {}", count, kFewestBlocks);
    return interval;
  }
  const std::vector<double> values =
      resampled_values(*metric.metric, accumulate_blocks(*metric.metric, predictions, targets, weights, count), options);
  if (values.empty()) return interval;
  interval.low = quantile(values, (1 - options.level) / 2);
  interval.high = quantile(values, (1 + options.level) / 2);
  return interval;
}

Interval confidence_interval(const NamedMetric& metric, const Tensor& predictions, const Tensor& targets, const BootstrapOptions& options,
                             std::span<const float> weights) {
  expect_rows(predictions, targets, weights);
  const std::unique_ptr<Metric> sum = metric.metric->fresh();
  sum->add(predictions, targets, weights);
  const std::optional<Proportion> share = sum->proportion();
  if (share && share->trials <= static_cast<double>(predictions.dim(0))) return wilson_interval(*share, options.level);
  return bootstrap_interval(metric, predictions, targets, options, weights);
}

}  // namespace upkeep::metrics
