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
    "psi", "population stability index over reference quantiles, or categories; its threshold follows the sample sizes",
    upkeep::field("bins", &upkeep::drift::Psi::bins, "cells between reference quantiles; fewer distinct values get one cell each",
                  upkeep::range(2, 1000)),
    upkeep::field("smoothing", &upkeep::drift::Psi::smoothing, "added to the count of each cell",
                  upkeep::range(0, 100, upkeep::Ends::kOpenLeft)),
    upkeep::field("alpha", &upkeep::drift::Psi::alpha, "chance of a false alarm", upkeep::range(0, 1, upkeep::Ends::kOpen)),
    upkeep::field("min_effect", &upkeep::drift::Psi::min_effect, "smallest index that counts (rule of thumb: 0.1 moderate, 0.25 large)",
                  upkeep::range(0, 100)),
    upkeep::field("min_rows", &upkeep::drift::Psi::min_rows, "values needed on each side to judge", upkeep::range(1, 1e9)));

namespace upkeep::drift {

static double population_stability(const CellCounts& cells, double smoothing) {
  double index = 0;
  const double n = cells.reference_total() + smoothing * cells.filled();
  const double m = cells.current_total() + smoothing * cells.filled();
  for (std::size_t i = 0; i < cells.reference.size(); ++i) {
    if (cells.reference[i] + cells.current[i] == 0) continue;
    const double p = (cells.reference[i] + smoothing) / n;
    const double q = (cells.current[i] + smoothing) / m;
    index += (q - p) * std::log(q / p);
  }
  return index;
}

static Comparison psi_of(const CellCounts& cells, const Psi& options) {
  const double index = population_stability(cells, options.smoothing);
  const double scale = sampling_scale(cells);
  return judge_cells(
      cells, index, index / scale, [&](double statistic) { return statistic * scale; }, options.alpha, options.min_effect,
      upkeep::format("PSI with smoothing {:g}", options.smoothing));
}

static Comparison psi(const Sample& before, const Sample& after, const Json& values) {
  const Psi options = parse<Psi>(values);
  if (auto none = too_small(before.size(), after.size(), options.min_rows)) return *none;
  return psi_of(count_cells(before, after, options.bins), options);
}

static Comparison psi_of_categories(const Categories& categories, const Json& values) {
  const Psi options = parse<Psi>(values);
  const CellCounts cells = merge_rare(categories);
  if (auto none = too_small(cells, options.min_rows)) return *none;
  return psi_of(cells, options);
}

void add_psi(DriftCatalog& catalog) {
  catalog.add({.name = "psi",
               .aliases = {"population_stability_index"},
               .help = settings<Psi>.help(),
               .settings = settings<Psi>,
               .compare = psi,
               .compare_categories = psi_of_categories});
}

}  // namespace upkeep::drift
