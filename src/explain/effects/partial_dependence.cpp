// Partial dependence (Friedman 2001): the mean answer over all rows when the feature has the value x in each. Single rows are the curves of
// individual conditional expectation (Goldstein et al. 2015). The grid is scikit-learn's: all values where they are few, else evenly
// spaced between the 5 % and 95 % quantiles.

#include <algorithm>
#include <cmath>

#include "base/format.hpp"
#include "explain/coalitions.hpp"
#include "explain/effects/shared/feature_values.hpp"

namespace upkeep {

namespace explain {

struct PartialDependence {
  std::int64_t points = 50;
  std::int64_t rows = 1000;
  std::int64_t ice = 30;
};

}  // namespace explain

template <>
inline const Settings settings<explain::PartialDependence> =
    describe<explain::PartialDependence>("partial-dependence", "mean answer by the value of a feature",
                                         field("points", &explain::PartialDependence::points, "values of a number", range(2, 1000)),
                                         field("rows", &explain::PartialDependence::rows, "rows at most, drawn by seed", range(1, 1e7)),
                                         field("ice", &explain::PartialDependence::ice, "rows whose own curves are kept", range(0, 1e4)));

namespace explain::effects {

namespace {

// SciPy's mquantiles: plotting positions with alpha = beta = 0.4.
double plotting_quantile(const std::vector<double>& sorted, double share) {
  const auto n = static_cast<double>(sorted.size());
  if (sorted.size() == 1) return sorted[0];
  const double place = n * share + 0.4 + 0.2 * share, k = std::floor(std::clamp(place, 1.0, n - 1));
  const auto at = static_cast<std::size_t>(k);
  return std::lerp(sorted[at - 1], sorted[at], std::clamp(place - k, 0.0, 1.0));
}

std::vector<double> grid_of(std::vector<double> values, std::int64_t points, bool integer) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  std::ranges::sort(values);
  std::vector<double> different = values;
  different.erase(std::ranges::unique(different).begin(), different.end());
  if (static_cast<std::int64_t>(different.size()) < points) return different;
  const double low = plotting_quantile(values, 0.05), high = plotting_quantile(values, 0.95);
  std::vector<double> grid;
  for (std::int64_t i = 0; i < points; ++i) {
    const double x = std::lerp(low, high, static_cast<double>(i) / static_cast<double>(points - 1));
    grid.push_back(integer ? std::round(x) : x);
  }
  grid.erase(std::ranges::unique(grid).begin(), grid.end());
  return grid;
}

void add_point(EffectCurve& curve, const std::vector<double>& answers) {
  const double mean = mean_of(answers), half = 1.96 * standard_error_of(answers);
  curve.y.push_back(mean);
  curve.low.push_back(mean - half);
  curve.high.push_back(mean + half);
  for (std::size_t row = 0; row < curve.rows.size(); ++row) curve.rows[row].push_back(answers[row]);
}

EffectCurve curve_of(const EffectQuestion& question, const PartialDependence& options, const Tensors& rows,
                     const ExplainedFeature& feature) {
  EffectCurve curve{.feature = feature.name};
  curve.rows.resize(static_cast<std::size_t>(std::min(options.ice, rows_in(rows))));
  if (has_numbers(feature)) {
    curve.x = grid_of(numbers_of(question.rows, feature), options.points, feature.integer);
    for (const double x : curve.x) add_point(curve, finite_answers(question, with_number(rows, feature, x)));
    return curve;
  }
  const Levels levels = levels_of(question.rows, feature);
  curve.labels = levels.labels;
  for (std::size_t level = 0; level < levels.rows.size(); ++level) {
    curve.x.push_back(static_cast<double>(level));
    add_point(curve, finite_answers(question, with_feature(rows, feature, question.rows, levels.rows[level])));
  }
  return curve;
}

Effect partial_dependence(const EffectQuestion& question, const Json& given) {
  const auto options = parse<PartialDependence>(given);
  Effect made{.name = "partial-dependence", .what = "mean answer when the feature has the value in every row"};
  const std::vector<std::size_t> features = features_asked(question);
  const Tensors rows = rows_at_most(question.rows, options.rows, question.seed);
  for (const std::size_t place : features) {
    const ExplainedFeature& feature = question.subject.features()[place];
    if (feature.scalar()) {
      made.curves.push_back(curve_of(question, options, rows, feature));
      const auto [low, high] = std::ranges::minmax(made.curves.back().y);
      made.figures.push_back({.feature = feature.name, .value = high - low, .low = NAN, .high = NAN});
    } else {
      made.notes.push_back(upkeep::format("\"{}\" has several elements and no curve.", feature.name));
    }
  }
  std::ranges::stable_sort(made.figures, std::ranges::greater(), &EffectFigure::value);
  if (rows_in(rows) < rows_in(question.rows))
    made.notes.push_back(upkeep::format("{} of {} rows were drawn.", rows_in(rows), rows_in(question.rows)));
  return made;
}

}  // namespace

void add_partial_dependence(EffectCatalog& catalog) {
  catalog.add({.name = "partial-dependence",
               .aliases = {"pdp"},
               .help = "mean answer by the value of a feature, with curves of single rows (ICE)",
               .settings = settings<PartialDependence>,
               .measure = partial_dependence});
}

}  // namespace explain::effects
}  // namespace upkeep
