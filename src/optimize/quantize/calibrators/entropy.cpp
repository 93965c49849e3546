// The range whose integers keep most of the values' distribution: the smallest Kullback-Leibler divergence between the distribution of |x|,
// cut off at a threshold T, and the same after it was merged into as many levels as there are integers (Migacz 2017, "8-bit inference with
// TensorRT").   D(P, Q) = sum of p * ln(p / q).   The range is [-T, T] as far as there were values.

#include <cmath>
#include <limits>

#include "optimize/quantize/calibrators/calibrator.hpp"

namespace upkeep::calibrators {

namespace {

// Bins of |x|, and sums over those below each bin, so that a threshold takes as many steps as there are levels.
class Sizes {
 public:
  explicit Sizes(const Observed& values) {
    constexpr std::size_t kHalf = Observed::kBins / 2;
    for (std::size_t i = 0; i < kHalf; ++i) {
      const auto count = static_cast<double>(values.counts[kHalf + i] + values.counts[kHalf - 1 - i]);
      counts_.push_back(count);
      sums_.push_back(sums_.back() + count);
      filled_.push_back(filled_.back() + (count > 0 ? 1 : 0));
      logs_.push_back(logs_.back() + times_log(count));
      if (count > 0) last_ = i + 1;
    }
  }

  std::size_t last() const { return last_; }  // bins up to here have counts
  bool nothing_below(std::size_t end) const { return sums_[end] == 0; }

  // D(P, Q) for the first `end` bins: P has what lies beyond in its last bin; Q has each level's count spread evenly over those of its bins
  // that are not empty.
  double divergence(std::size_t end, std::size_t levels) const {
    const double all = sums_.back(), inside = sums_[end], cut_off = all - inside, last = counts_[end - 1];
    double sum = logs_[end] - times_log(last), spread = 0;
    for (std::size_t level = 0; level < levels; ++level) {
      const std::size_t from = level * end / levels, to = (level + 1) * end / levels;
      const double count = sums_[to] - sums_[from];
      if (count == 0) continue;
      spread = count / (filled_[to] - filled_[from]);
      sum -= (count - (to == end ? last : 0)) * std::log(spread);
    }
    const double of_last = last > 0 ? spread : kNothing;
    sum += times_log(last + cut_off) - (last + cut_off) * std::log(of_last);
    return sum / all + std::log(inside / all);
  }

 private:
  static constexpr double kNothing = 1e-9;
  static double times_log(double count) { return count > 0 ? count * std::log(count) : 0; }

  std::vector<double> counts_, sums_{0}, filled_{0}, logs_{0};
  std::size_t last_ = 0;
};

ValueRange least_divergence(const Observed& values, int levels) {
  const Sizes sizes(values);
  const bool one_sided = values.low >= 0 || values.high <= 0;
  const auto least_levels = static_cast<std::size_t>(std::clamp(one_sided ? levels : levels / 2, 2, 128));
  double least = std::numeric_limits<double>::infinity();
  std::size_t best = sizes.last();
  const std::size_t stride = std::max<std::size_t>(1, sizes.last() / 64);
  for (std::size_t end = std::max<std::size_t>(1, std::min(sizes.last(), least_levels)); end <= sizes.last(); end += stride) {
    if (sizes.nothing_below(end)) continue;
    const double distance = sizes.divergence(end, std::min(least_levels, end));
    if (distance < least) least = distance, best = end;
  }
  const double threshold = static_cast<double>(best) * values.reach / (Observed::kBins / 2.0);
  return {std::max(values.low, -threshold), std::min(values.high, threshold)};
}

}  // namespace

void add_entropy(CalibratorCatalog& catalog) {
  catalog.add({.name = "entropy", .help = "the smallest Kullback-Leibler divergence", .settings = {}, .range = least_divergence});
}

}  // namespace upkeep::calibrators
