// Hellinger distance over cells made from the reference (Hellinger 1909).
//
//   H^2 = 1/2 sum_i (sqrt(p_i) - sqrt(q_i))^2      in [0, 1]
//
// Without drift 8 H^2 / (1/n + 1/m) is about chi-square with B - 1 degrees of freedom.

#include "base/format.hpp"
#include "maintain/monitor/drift/drift.hpp"

namespace upkeep::drift {

struct Hellinger {
  int bins = 10;
  double alpha = 0.01;
  double min_effect = 0.11;
  std::int64_t min_rows = 50;
};

}  // namespace upkeep::drift

template <>
inline const upkeep::Settings upkeep::settings<upkeep::drift::Hellinger> = upkeep::describe<upkeep::drift::Hellinger>(
    "hellinger", "Hellinger distance over reference quantiles, or categories",
    upkeep::field("bins", &upkeep::drift::Hellinger::bins, "cells between reference quantiles; fewer distinct values get one cell each",
                  upkeep::range(2, 1000)),
    upkeep::field("alpha", &upkeep::drift::Hellinger::alpha, "chance of a false alarm", upkeep::range(0, 1, upkeep::Ends::kOpen)),
    upkeep::field("min_effect", &upkeep::drift::Hellinger::min_effect,
                  "smallest distance that counts, from 0 (equal) to 1 (nothing in common)", upkeep::range(0, 1)),
    upkeep::field("min_rows", &upkeep::drift::Hellinger::min_rows, "values needed on each side to judge", upkeep::range(1, 1e9)));

namespace upkeep::drift {

static Comparison hellinger_of(const CellCounts& cells, const Hellinger& options) {
  if (auto none = too_small(cells, options.min_rows)) return *none;
  double squares = 0;
  for (std::size_t i = 0; i < cells.reference.size(); ++i) {
    const double step = std::sqrt(cells.reference[i] / cells.reference_total()) - std::sqrt(cells.current[i] / cells.current_total());
    squares += step * step / 2;
  }
  const double scale = sampling_scale(cells);
  return judge_cells(
      cells, std::sqrt(squares), 8 * squares / scale, [&](double x) { return std::sqrt(x * scale / 8); }, options.alpha, options.min_effect,
      "Hellinger distance");
}

static Comparison hellinger(const Sample& before, const Sample& after, const Json& values) {
  const Hellinger options = parse<Hellinger>(values);
  if (auto none = too_small(before.size(), after.size(), options.min_rows)) return *none;
  return hellinger_of(count_cells(before, after, options.bins), options);
}

static Comparison hellinger_of_categories(const Categories& categories, const Json& values) {
  return hellinger_of(merge_rare(categories), parse<Hellinger>(values));
}

void add_hellinger(DriftCatalog& catalog) {
  catalog.add({.name = "hellinger",
               .aliases = {},
               .help = settings<Hellinger>.help(),
               .settings = settings<Hellinger>,
               .compare = hellinger,
               .compare_categories = hellinger_of_categories});
}

}  // namespace upkeep::drift
