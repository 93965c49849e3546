// Pearson's chi-square test of two samples of categories (Pearson 1900; Cochran 1954 for rare ones).
//
//   X2 = n m sum_i (p_i - q_i)^2 / (n p_i + m q_i)      chi-square with B - 1 degrees of freedom where nothing drifted
//   score = sqrt(1/2 sum_i (p_i - q_i)^2 / (p_i + q_i))      0: the same shares, 1: no category in common (Le Cam's distance)
//
// X2 grows with the number of rows and the score does not, so that much data does not turn a small change into drift. Categories of which
// fewer than 5 are expected share one cell. The note names the categories that are new and those that are gone.

#include "base/format.hpp"
#include "maintain/monitor/drift/drift.hpp"

namespace upkeep::drift {

struct ChiSquare {
  double alpha = 0.01;
  double min_effect = 0.1;
  std::int64_t min_rows = 50;
};

}  // namespace upkeep::drift

template <>
inline const upkeep::Settings upkeep::settings<upkeep::drift::ChiSquare> = upkeep::describe<upkeep::drift::ChiSquare>(
    "chi-square", "shares of categories, rare ones as one; names those that are new or gone",
    upkeep::field("alpha", &upkeep::drift::ChiSquare::alpha, "chance of a false alarm", upkeep::range(0, 1, upkeep::Ends::kOpen)),
    upkeep::field("min_effect", &upkeep::drift::ChiSquare::min_effect,
                  "smallest distance that counts, from 0 (equal shares) to 1 (nothing in common)", upkeep::range(0, 1)),
    upkeep::field("min_rows", &upkeep::drift::ChiSquare::min_rows, "values needed on each side to judge", upkeep::range(1, 1e9)));

namespace upkeep::drift {

static Comparison chi_square(const Categories& categories, const Json& values) {
  const ChiSquare options = parse<ChiSquare>(values);
  const CellCounts cells = merge_rare(categories);
  if (auto none = too_small(cells, options.min_rows)) return *none;
  const double n = cells.reference_total();
  const double m = cells.current_total();
  double statistic = 0;
  double distance = 0;
  for (std::size_t i = 0; i < cells.reference.size(); ++i) {
    if (cells.reference[i] + cells.current[i] == 0) continue;
    const double p = cells.reference[i] / n;
    const double q = cells.current[i] / m;
    statistic += n * m * (p - q) * (p - q) / (n * p + m * q);
    distance += 0.5 * (p - q) * (p - q) / (p + q);
  }
  const double scale = sampling_scale(cells);  // about 4 score^2 = X2 (1/n + 1/m) for small differences
  Comparison result = judge_cells(
      cells, std::sqrt(distance), statistic, [&](double x) { return std::sqrt(x * scale) / 2; }, options.alpha, options.min_effect,
      upkeep::format("chi-square {:.4g}", statistic));
  if (const std::string changed = describe_changed(categories); !changed.empty()) result.note = changed + "; " + result.note;
  return result;
}

void add_chi_square(DriftCatalog& catalog) {
  catalog.add({.name = "chi-square",
               .aliases = {"chi_square", "chi2"},
               .help = settings<ChiSquare>.help(),
               .settings = settings<ChiSquare>,
               .compare = {},
               .compare_categories = chi_square});
}

}  // namespace upkeep::drift
