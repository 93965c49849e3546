// The range whose integers keep most of the values' distribution: the smallest Kullback-Leibler divergence between the distribution of |x|,
// cut off at a threshold T, and the same after it was merged into as many levels as there are integers (Migacz 2017, "8-bit inference with
// TensorRT").   D(P, Q) = sum of p * ln(p / q).   The range is [-T, T] as far as there were values.

#include <cmath>
#include <limits>

#include "optimize/quantize/calibrators/calibrator.hpp"

namespace upkeep::calibrators {

namespace {

using Counts = std::vector<double>;

// `reference` merged into `levels`, and each level's count spread again over those of its bins that are not empty.
Counts merged(const Counts& reference, std::size_t levels) {
  Counts made(reference.size(), 0);
  for (std::size_t level = 0; level < levels; ++level) {
    const std::size_t begin = level * reference.size() / levels, end = (level + 1) * reference.size() / levels;
    double sum = 0, filled = 0;
    for (std::size_t i = begin; i < end; ++i) sum += reference[i], filled += reference[i] > 0 ? 1 : 0;
    for (std::size_t i = begin; i < end; ++i) made[i] = reference[i] > 0 ? sum / filled : 0;
  }
  return made;
}

double divergence(const Counts& p, const Counts& q, double p_sum, double q_sum) {
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (p[i] > 0) sum += p[i] / p_sum * std::log(p[i] / p_sum / (std::max(q[i], 1e-9) / q_sum));
  return sum;
}

double total(const Counts& counts) {
  double sum = 0;
  for (const double count : counts) sum += count;
  return sum;
}

ValueRange least_divergence(const Observed& values, int levels) {
  constexpr std::size_t kHalf = Observed::kBins / 2;
  Counts sizes(kHalf, 0);  // of |x|
  for (std::size_t i = 0; i < kHalf; ++i) sizes[i] = static_cast<double>(values.counts[kHalf + i] + values.counts[kHalf - 1 - i]);
  std::size_t last = kHalf;
  while (last > 0 && sizes[last - 1] == 0) --last;
  const bool one_sided = values.low >= 0 || values.high <= 0;
  const auto least_levels = static_cast<std::size_t>(std::clamp(one_sided ? levels : levels / 2, 2, 128));
  double least = std::numeric_limits<double>::infinity();
  std::size_t best = last;
  const double all = total(sizes);
  for (std::size_t end = std::min(last, least_levels); end <= last; end += std::max<std::size_t>(1, last / 64)) {
    Counts kept(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(end));
    const double inside = total(kept);
    if (inside == 0) continue;
    const Counts q = merged(kept, std::min(least_levels, end));
    kept.back() += all - inside;  // what is cut off
    const double distance = divergence(kept, q, all, inside);
    if (distance < least) least = distance, best = end;
  }
  const double threshold = static_cast<double>(best) * values.reach / static_cast<double>(kHalf);
  return {std::max(values.low, -threshold), std::min(values.high, threshold)};
}

}  // namespace

void add_entropy(CalibratorCatalog& catalog) {
  catalog.add({.name = "entropy", .help = "the smallest Kullback-Leibler divergence", .settings = {}, .range = least_divergence});
}

}  // namespace upkeep::calibrators
