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

double error_of(const Observed& values, ValueRange range, int levels) {
  const double step = (range.high - range.low) / levels;
  const double rounding = step * step / 12;
  double sum = 0;
  for (std::size_t bin = 0; bin < Observed::kBins; ++bin) {
    const std::uint64_t count = values.counts[bin];
    if (count == 0) continue;
    const double x = values.center(bin);
    const double beyond = x < range.low ? range.low - x : x > range.high ? x - range.high : 0;
    sum += static_cast<double>(count) * (beyond > 0 ? beyond * beyond : rounding);
  }
  return sum;
}

// The best place for one end, between 0 and where it is.
void improve(const Observed& values, ValueRange& range, double ValueRange::* end, int levels) {
  const double outermost = range.*end;
  if (outermost == 0) return;
  double least = std::numeric_limits<double>::infinity();
  double best = outermost;
  for (int step = kSteps; step > kSteps / 10; --step) {
    range.*end = outermost * step / kSteps;
    const double error = error_of(values, range, levels);
    if (error < least) least = error, best = range.*end;
  }
  range.*end = best;
}

ValueRange least_squares(const Observed& values, int levels) {
  ValueRange range{std::min(values.low, 0.0), std::max(values.high, 0.0)};
  for (int round = 0; round < kRounds; ++round) {
    improve(values, range, &ValueRange::high, levels);
    improve(values, range, &ValueRange::low, levels);
  }
  return range;
}

}  // namespace

void add_mse(CalibratorCatalog& catalog) {
  catalog.add({.name = "mse", .help = "the smallest mean squared error", .settings = {}, .range = least_squares});
}

}  // namespace upkeep::calibrators
