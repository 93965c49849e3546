// Population stability index over cells made from the reference (Lewis 1994; Yurdakul & Naranjo 2020).
//
//   p_i = (count_i + s) / (n + s B)      q_i likewise from the current values      PSI = sum_i (q_i - p_i) ln(q_i / p_i)
//
// s is additive smoothing: an empty cell adds little, where a fixed fill (1e-4) would let one unseen value decide the score.
// Without drift PSI / (1/n + 1/m) is about chi-square with B - 1 degrees of freedom, so the threshold follows n, m and B instead of being
// the constant 0.1, which fires on every small sample. The rule of thumb stays as the smallest effect that counts.

#include "base/format.hpp"
#include "maintain/monitor/drift/drift.hpp"

namespace upkeep::drift {

struct Psi {
  int bins = 10;
  double smoothing = 0.5;
  double alpha = 0.01;
  double min_effect = 0.1;
  std::int64_t min_rows = 50;
};

}  // namespace upkeep::drift

template <>
inline const upkeep::Settings upkeep::settings<upkeep::drift::Psi> = upkeep::describe<upkeep::drift::Psi>(
    "psi", "population stability index over reference quantiles; its threshold follows the sample sizes",
    upkeep::field("bins", &upkeep::drift::Psi::bins, "cells between reference quantiles; fewer distinct values get one cell each",
                  upkeep::range(2, 1000)),
    upkeep::field("smoothing", &upkeep::drift::Psi::smoothing, "added to the count of each cell",
                  upkeep::range(0, 100, upkeep::Ends::kOpenLeft)),
    upkeep::field("alpha", &upkeep::drift::Psi::alpha, "chance of a false alarm", upkeep::range(0, 1, upkeep::Ends::kOpen)),
    upkeep::field("min_effect", &upkeep::drift::Psi::min_effect, "smallest index that counts (rule of thumb: 0.1 moderate, 0.25 large)",
                  upkeep::range(0, 100)),
    upkeep::field("min_rows", &upkeep::drift::Psi::min_rows, "values needed on each side to judge", upkeep::range(1, 1e9)));

namespace upkeep::drift {

struct Index {
  double value = 0;
  int cells = 0;  // that at least one side fills
};

static Index population_stability(const std::vector<double>& reference, const std::vector<double>& current, double smoothing) {
  Index index;
  for (std::size_t i = 0; i < reference.size(); ++i) index.cells += reference[i] + current[i] > 0;
  const double n = std::reduce(reference.begin(), reference.end()) + smoothing * index.cells;
  const double m = std::reduce(current.begin(), current.end()) + smoothing * index.cells;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    if (reference[i] + current[i] == 0) continue;
    const double p = (reference[i] + smoothing) / n;
    const double q = (current[i] + smoothing) / m;
    index.value += (q - p) * std::log(q / p);
  }
  return index;
}

static Comparison psi(std::span<const double> reference, std::span<const double> current, const Json& values) {
  const Psi options = parse<Psi>(values);
  const std::vector<double> before = sorted_values(reference);
  const std::vector<double> after = sorted_values(current);
  if (auto none = too_small(before.size(), after.size(), options.min_rows)) return *none;

  const Cells cells(before, options.bins);
  const Index index = population_stability(cells.counts(before), cells.counts(after), options.smoothing);
  const double scale = 1.0 / static_cast<double>(before.size()) + 1.0 / static_cast<double>(after.size());
  const double chance = chi_square_critical(options.alpha, index.cells - 1) * scale;

  Comparison result{.score = index.value, .min_effect = options.min_effect, .alpha = options.alpha};
  result.threshold = std::max(chance, options.min_effect);
  result.p_value = index.cells > 1 ? chi_square_tail(index.value / scale, index.cells - 1) : 1.0;
  result.verdict = index.cells > 1 && result.score >= result.threshold ? Verdict::kDrifted : Verdict::kStable;
  result.note =
      upkeep::format("PSI over {} {} with smoothing {:g}; {} reference and {} current values give {:.3g} by chance once in {:.0f}",
                     index.cells, cells.discrete() ? "values of the reference" : "reference quantiles", options.smoothing, before.size(),
                     after.size(), chance, 1.0 / options.alpha);
  return result;
}

void add_psi(DriftCatalog& catalog) {
  catalog.add(
      {.name = "psi", .aliases = {"population_stability_index"}, .help = settings<Psi>.help(), .settings = settings<Psi>, .compare = psi});
}

}  // namespace upkeep::drift
