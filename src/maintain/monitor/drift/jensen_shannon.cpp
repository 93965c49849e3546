// Jensen-Shannon distance over cells made from the reference (Lin 1991; Endres & Schindelin 2003), with base 2, as
// scipy.spatial.distance.jensenshannon(p, q, base=2).
//
//   m = (p + q) / 2      JS^2 = 1/2 sum_i p_i log2(p_i / m_i) + 1/2 sum_i q_i log2(q_i / m_i)      in [0, 1]
//
// Without drift 8 ln(2) JS^2 / (1/n + 1/m) is about chi-square with B - 1 degrees of freedom (its second-order term is that of chi-square).

#include "base/format.hpp"
#include "maintain/monitor/drift/drift.hpp"

namespace upkeep::drift {

struct JensenShannon {
  int bins = 10;
  double alpha = 0.01;
  double min_effect = 0.13;
  std::int64_t min_rows = 50;
};

}  // namespace upkeep::drift

template <>
inline const upkeep::Settings upkeep::settings<upkeep::drift::JensenShannon> = upkeep::describe<upkeep::drift::JensenShannon>(
    "jensen-shannon", "Jensen-Shannon distance over reference quantiles, or categories",
    upkeep::field("bins", &upkeep::drift::JensenShannon::bins, "cells between reference quantiles; fewer distinct values get one cell each",
                  upkeep::range(2, 1000)),
    upkeep::field("alpha", &upkeep::drift::JensenShannon::alpha, "chance of a false alarm", upkeep::range(0, 1, upkeep::Ends::kOpen)),
    upkeep::field("min_effect", &upkeep::drift::JensenShannon::min_effect,
                  "smallest distance that counts, from 0 (equal) to 1 (nothing in common)", upkeep::range(0, 1)),
    upkeep::field("min_rows", &upkeep::drift::JensenShannon::min_rows, "values needed on each side to judge", upkeep::range(1, 1e9)));

namespace upkeep::drift {

static Comparison jensen_shannon_of(const CellCounts& cells, const JensenShannon& options) {
  if (auto none = too_small(cells, options.min_rows)) return *none;
  double divergence = 0;
  const auto part = [](double share, double middle) { return share > 0 ? share * std::log2(share / middle) / 2 : 0.0; };
  for (std::size_t i = 0; i < cells.reference.size(); ++i) {
    const double p = cells.reference[i] / cells.reference_total();
    const double q = cells.current[i] / cells.current_total();
    divergence += part(p, (p + q) / 2) + part(q, (p + q) / 2);
  }
  divergence = std::max(divergence, 0.0);  // rounding may leave less than nothing
  const double scale = sampling_scale(cells);
  return judge_cells(
      cells, std::sqrt(divergence), 8 * std::numbers::ln2 * divergence / scale,
      [&](double x) { return std::sqrt(x * scale / (8 * std::numbers::ln2)); }, options.alpha, options.min_effect,
      "Jensen-Shannon distance");
}

static Comparison jensen_shannon(const Sample& before, const Sample& after, const Json& values) {
  const JensenShannon options = parse<JensenShannon>(values);
  if (auto none = too_small(before.size(), after.size(), options.min_rows)) return *none;
  return jensen_shannon_of(count_cells(before, after, options.bins), options);
}

static Comparison jensen_shannon_of_categories(const Categories& categories, const Json& values) {
  return jensen_shannon_of(merge_rare(categories), parse<JensenShannon>(values));
}

void add_jensen_shannon(DriftCatalog& catalog) {
  catalog.add({.name = "jensen-shannon",
               .aliases = {"jensen_shannon", "js"},
               .help = settings<JensenShannon>.help(),
               .settings = settings<JensenShannon>,
               .compare = jensen_shannon,
               .compare_categories = jensen_shannon_of_categories});
}

}  // namespace upkeep::drift
