// Accumulated local effects (Apley & Zhu 2020): the answer's mean change over each bin of a feature, over the rows that lie in the bin,
// cumulated and centred. Unlike partial dependence no row leaves the neighbourhood of its own values. Bins are quantiles of the rows;
// categories are put in an order in which neighbours are alike in the other features. Intervals are of a bootstrap over the rows.

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/format.hpp"
#include "base/random.hpp"
#include "explain/coalitions.hpp"
#include "explain/effects/shared/bins.hpp"
#include "explain/effects/shared/feature_values.hpp"

namespace upkeep {

namespace explain {

struct AccumulatedLocalEffects {
  std::int64_t bins = 20;
  std::int64_t replicates = 200;
};

}  // namespace explain

template <>
inline const Settings settings<explain::AccumulatedLocalEffects> = describe<explain::AccumulatedLocalEffects>(
    "ale", "accumulated local effects", field("bins", &explain::AccumulatedLocalEffects::bins, "quantiles of a number", range(1, 1000)),
    field("replicates", &explain::AccumulatedLocalEffects::replicates, "of the bootstrap behind the intervals", range(20, 10'000)));

namespace explain::effects {

namespace {

// Changes of the answer over a bin, and the row each is of.
struct Change {
  std::size_t row = 0, bin = 0;
  double value = 0;
};

// The centred curve at the bins' edges. `times` says how often each row counts; `rows_at` how the rows lie among the edges.
struct Accumulation {
  std::vector<Change> changes;
  std::size_t bins = 0;
  bool numbers = true;
  std::vector<std::size_t> place_of_row;  // its bin; of categories its level

  std::vector<double> curve(const std::vector<double>& times) const {
    std::vector<double> sums(bins), counts(bins);
    for (const Change& change : changes) {
      sums[change.bin] += times[change.row] * change.value;
      counts[change.bin] += times[change.row];
    }
    std::vector<double> y(bins + 1);
    for (std::size_t k = 0; k < bins; ++k) y[k + 1] = y[k] + (counts[k] > 0 ? sums[k] / counts[k] : 0);
    double mean = 0, weight = 0;
    for (std::size_t row = 0; row < place_of_row.size(); ++row) {
      const std::size_t place = place_of_row[row];
      mean += times[row] * (numbers ? (y[place] + y[place + 1]) / 2 : y[place]);
      weight += times[row];
    }
    for (double& one : y) one -= mean / weight;
    return y;
  }
};

void add_intervals(EffectCurve& curve, const Accumulation& accumulation, const EffectQuestion& question, std::int64_t replicates) {
  const std::size_t rows = accumulation.place_of_row.size();
  Random random(question.seed, stream_id("ale:" + curve.feature));
  std::vector<std::vector<double>> by_point(curve.y.size());
  for (std::int64_t i = 0; i < replicates; ++i) {
    std::vector<double> times(rows);
    for (std::size_t k = 0; k < rows; ++k) ++times[random.below(rows)];
    const std::vector<double> y = accumulation.curve(times);
    for (std::size_t k = 0; k < y.size(); ++k) by_point[k].push_back(y[k]);
  }
  for (std::vector<double>& values : by_point) {
    const auto [low, high] = limits_of(std::move(values));
    curve.low.push_back(low);
    curve.high.push_back(high);
  }
}

void finish(EffectCurve& curve, const Accumulation& accumulation, const EffectQuestion& question, std::int64_t replicates) {
  curve.y = accumulation.curve(std::vector<double>(accumulation.place_of_row.size(), 1.0));
  add_intervals(curve, accumulation, question, replicates);
}

EffectCurve of_numbers(const EffectQuestion& question, const AccumulatedLocalEffects& options, const ExplainedFeature& feature) {
  const std::vector<double> all = numbers_of(question.rows, feature);
  const auto missing = std::ranges::find_if_not(all, [](double value) { return std::isfinite(value); });
  if (missing != all.end())
    throw Error(ErrorCode::kFailedPrecondition,
                upkeep::format("feature \"{}\" is missing in row {}, so that row lies in no bin", feature.name, missing - all.begin() + 1),
                "leave out rows that lack it, or take partial-dependence");
  EffectCurve curve{.feature = feature.name, .labels = {}, .x = quantile_edges(all, options.bins)};
  if (curve.x.size() < 2) {
    curve.y = curve.low = curve.high = std::vector<double>(curve.x.size(), 0.0);
    return curve;
  }
  Accumulation accumulation{.changes = {}, .bins = curve.x.size() - 1, .numbers = true, .place_of_row = bins_of(all, curve.x)};
  std::vector<double> below, above;
  for (const std::size_t bin : accumulation.place_of_row) {
    below.push_back(curve.x[bin]);
    above.push_back(curve.x[bin + 1]);
  }
  const std::vector<double> at_low = finite_answers(question, with_numbers(question.rows, feature, below));
  const std::vector<double> at_high = finite_answers(question, with_numbers(question.rows, feature, above));
  for (std::size_t row = 0; row < all.size(); ++row)
    accumulation.changes.push_back({.row = row, .bin = accumulation.place_of_row[row], .value = at_high[row] - at_low[row]});
  finish(curve, accumulation, question, options.replicates);
  return curve;
}

EffectCurve of_levels(const EffectQuestion& question, const AccumulatedLocalEffects& options, std::size_t place) {
  const ExplainedFeature& feature = question.subject.features()[place];
  Levels levels = levels_of(question.rows, feature);
  order_by_likeness(levels, question.rows, question.subject.features(), place);
  EffectCurve curve{.feature = feature.name, .labels = levels.labels};
  for (std::size_t level = 0; level < levels.labels.size(); ++level) curve.x.push_back(static_cast<double>(level));
  const std::size_t last = levels.labels.size() - 1;
  Accumulation accumulation{.changes = {}, .bins = last, .numbers = false, .place_of_row = levels.of_row};
  const std::vector<double> own = finite_answers(question, question.rows);
  std::vector<std::int64_t> up, down;  // the next level and the one before, or the row's own
  for (const std::size_t level : levels.of_row) {
    up.push_back(levels.rows[std::min(level + 1, last)]);
    down.push_back(levels.rows[level == 0 ? 0 : level - 1]);
  }
  const std::vector<double> above = finite_answers(question, with_feature(question.rows, feature, question.rows, up));
  const std::vector<double> below = finite_answers(question, with_feature(question.rows, feature, question.rows, down));
  for (std::size_t row = 0; row < own.size(); ++row) {
    const std::size_t level = levels.of_row[row];
    if (level < last) accumulation.changes.push_back({.row = row, .bin = level, .value = above[row] - own[row]});
    if (level > 0) accumulation.changes.push_back({.row = row, .bin = level - 1, .value = own[row] - below[row]});
  }
  finish(curve, accumulation, question, options.replicates);
  return curve;
}

Effect ale(const EffectQuestion& question, const Json& given) {
  const auto options = parse<AccumulatedLocalEffects>(given);
  Effect made{.name = "ale", .what = "answer beside its mean, by the local effect of the feature"};
  for (const std::size_t place : features_asked(question)) {
    const ExplainedFeature& feature = question.subject.features()[place];
    if (!feature.scalar()) {
      made.notes.push_back(upkeep::format("\"{}\" has several elements and no curve.", feature.name));
      continue;
    }
    made.curves.push_back(has_numbers(feature) ? of_numbers(question, options, feature) : of_levels(question, options, place));
    const auto [low, high] = std::ranges::minmax(made.curves.back().y);
    const double none = std::numeric_limits<double>::quiet_NaN();
    made.figures.push_back({.feature = feature.name, .value = high - low, .low = none, .high = none});
  }
  std::ranges::stable_sort(made.figures, std::ranges::greater(), &EffectFigure::value);
  return made;
}

}  // namespace

void add_ale(EffectCatalog& catalog) {
  catalog.add({.name = "ale",
               .aliases = {"accumulated-local-effects"},
               .help = "accumulated local effects: the effect of a feature where rows are, also under correlated features",
               .settings = settings<AccumulatedLocalEffects>,
               .measure = ale});
}

}  // namespace explain::effects
}  // namespace upkeep
