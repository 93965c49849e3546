// The range with the smallest mean squared error between the values and what their integers stand for:
//   sum over values x of (x - q(x))^2,   inside of the range step^2 / 12, beyond it (x - end)^2
// (Banner et al. 2019, arXiv:1810.05723). The two ends are searched in turn, each from the outermost value inwards.

#include <cmath>
#include <limits>

#include "optimize/quantize/calibrators/calibrator.hpp"

namespace upkeep::calibrators {

namespace {

constexpr int kSteps = 100;  // places of an end that are tried
constexpr int kRounds = 2;

// Sums over the bins below each bin, so that the error of a range takes two places instead of all bins.
class Moments {
 public:
  explicit Moments(const Observed& values) : reach_(values.reach) {
    counts_.reserve(Observed::kBins + 1);
    for (std::size_t bin = 0; bin < Observed::kBins; ++bin) {
      const auto count = static_cast<double>(values.counts[bin]);
      const double x = values.center(bin);
      counts_.push_back(counts_.back() + count);
      sums_.push_back(sums_.back() + count * x);
      squares_.push_back(squares_.back() + count * x * x);
    }
  }

  double error_of(ValueRange range, int levels) const {
    const double step = (range.high - range.low) / levels;
    const std::size_t low = first_from(range.low), high = std::max(low, first_from(range.high));
    const double below = beyond(0, low, range.low), above = beyond(high, Observed::kBins, range.high);
    return below + (counts_[high] - counts_[low]) * step * step / 12 + above;
  }

 private:
  // The first bin whose middle is not below x.
  std::size_t first_from(double x) const {
    constexpr double kHalf = Observed::kBins / 2.0;
    return static_cast<std::size_t>(std::clamp(std::ceil(x / reach_ * kHalf + kHalf - 0.5), 0.0, 2 * kHalf));
  }
  // sum of (x - end)^2 over bins [begin, last)
  double beyond(std::size_t begin, std::size_t last, double end) const {
    const double count = counts_[last] - counts_[begin], sum = sums_[last] - sums_[begin];
    return std::max(0.0, squares_[last] - squares_[begin] - 2 * end * sum + end * end * count);
  }

  double reach_;
  std::vector<double> counts_{0}, sums_{0}, squares_{0};
};

// The best place for one end, between 0 and where it is.
void improve(const Moments& moments, ValueRange& range, double ValueRange::* end, int levels) {
  const double outermost = range.*end;
  if (outermost == 0) return;
  double least = std::numeric_limits<double>::infinity();
  double best = outermost;
  for (int step = kSteps; step > kSteps / 10; --step) {
    range.*end = outermost * step / kSteps;
    const double error = moments.error_of(range, levels);
    if (error < least) least = error, best = range.*end;
  }
  range.*end = best;
}

ValueRange least_squares(const Observed& values, int levels) {
  ValueRange range{std::min(values.low, 0.0), std::max(values.high, 0.0)};
  if (values.reach == 0) return range;  // nothing but zeros
  const Moments moments(values);
  for (int round = 0; round < kRounds; ++round) {
    improve(moments, range, &ValueRange::high, levels);
    improve(moments, range, &ValueRange::low, levels);
  }
  return range;
}

}  // namespace

void add_mse(CalibratorCatalog& catalog) {
  catalog.add({.name = "mse", .help = "the smallest mean squared error", .settings = {}, .range = least_squares});
}

}  // namespace upkeep::calibrators
