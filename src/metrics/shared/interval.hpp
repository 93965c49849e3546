// Confidence intervals of metrics.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "metrics/metric.hpp"

namespace upkeep::metrics {

// The closed interval [low, high] covers the true value in a share `level` of repetitions. Both ends are NaN where there is nothing to tell
// from.
struct Interval {
  double low = 0;
  double high = 0;
  double level = 0.95;
  std::string method;  // "Wilson", "percentile bootstrap, 1000 resamples of 200 blocks, seed 7"
};

// Of a share hits / trials (Wilson 1927); stays inside [0, 1] and is sound for few trials and for shares near 0 and 1. With z the normal
// quantile:
//   (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)
// Throws Error{kInvalidArgument} unless 0 <= hits <= trials and level is in (0, 1).
Interval wilson_interval(const Proportion& share, double level = 0.95);

inline constexpr std::int64_t kFewestBlocks = 10;

struct BootstrapOptions {
  double level = 0.95;
  std::uint64_t seed = 0;
  std::int64_t resamples = 1000;
  std::int64_t most_blocks = 200;
};

// The rows in `count` runs of neighbours of (nearly) equal length, each in an accumulator of its own.
std::vector<std::unique_ptr<Metric>> accumulate_blocks(const Metric& metric, const Tensor& predictions, const Tensor& targets,
                                                       std::span<const float> weights, std::int64_t count);
// The metric of these blocks together; one that is drawn twice counts twice.
double merged(const Metric& metric, const std::vector<std::unique_ptr<Metric>>& blocks, std::span<const std::size_t> drawn);
// z with P(Z > z) = tail of a standard normal Z, for tail <= 1/2.
double normal_quantile(double tail);
// Linear between order statistics (Hyndman and Fan 1996, type 7); `sorted` is not empty.
double quantile(const std::vector<double>& sorted, double p);

// Percentile bootstrap (Efron 1979) of any metric. Rows are cut into at most `most_blocks` runs of neighbours of (nearly) equal length,
// each with an accumulator of its own; a resample merges as many of them as there are, drawn with replacement. Resampling runs keeps what
// neighbours have in common. Resamples without a value (an AUC of one class) are left out. Quantiles are interpolated linearly.
// Fewer than 10 rows are not enough to tell: both ends are NaN.
Interval bootstrap_interval(const NamedMetric& metric, const Tensor& predictions, const Tensor& targets,
                            const BootstrapOptions& options = {}, std::span<const float> weights = {});

// Wilson's interval where the metric is a share and each row is one trial at most, otherwise the bootstrap.
Interval confidence_interval(const NamedMetric& metric, const Tensor& predictions, const Tensor& targets,
                             const BootstrapOptions& options = {}, std::span<const float> weights = {});

}  // namespace upkeep::metrics
