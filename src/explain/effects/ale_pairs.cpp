// Second-order accumulated local effects (Apley & Zhu 2020): what two numbers do together beyond what each does alone. In each cell of
// their bins the mean second difference of the answer over the rows in it (of an empty cell that of the nearest cell with rows), cumulated
// along both, less the accumulated first-order effects of the result, centred.

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/format.hpp"
#include "explain/effects/shared/bins.hpp"
#include "explain/effects/shared/feature_values.hpp"

namespace upkeep {

namespace explain {

struct AlePairs {
  std::int64_t bins = 10;
  std::int64_t most_features = 6;
};

}  // namespace explain

template <>
inline const Settings settings<explain::AlePairs> = describe<explain::AlePairs>(
    "ale-pairs", "second-order accumulated local effects",
    field("bins", &explain::AlePairs::bins, "quantiles of each number", range(1, 200)),
    field("most_features", &explain::AlePairs::most_features, "numbers, whose pairs are measured", range(2, 100)));

namespace explain::effects {

namespace {

// One value for each cell, or for each corner of cells.
struct Grid {
  std::size_t lines = 0, columns = 0;
  std::vector<double> values;
  Grid(std::size_t a, std::size_t b) : lines(a), columns(b), values(a * b) {}
  double& operator()(std::size_t i, std::size_t k) { return values[i * columns + k]; }
  double operator()(std::size_t i, std::size_t k) const { return values[i * columns + k]; }
};

void fill_empty_cells(Grid& means, const Grid& counts) {
  const auto square = [](std::size_t a, std::size_t b) {
    const double d = static_cast<double>(a) - static_cast<double>(b);
    return d * d;
  };
  Grid filled = means;
  for (std::size_t i = 0; i < means.lines; ++i)
    for (std::size_t k = 0; k < means.columns; ++k) {
      double nearest = counts(i, k) > 0 ? 0 : std::numeric_limits<double>::infinity();
      for (std::size_t a = 0; a < means.lines && nearest > 0; ++a)
        for (std::size_t b = 0; b < means.columns; ++b)
          if (counts(a, b) > 0 && square(a, i) / square(means.lines, 0) + square(b, k) / square(means.columns, 0) < nearest) {
            nearest = square(a, i) / square(means.lines, 0) + square(b, k) / square(means.columns, 0);
            filled(i, k) = means(a, b);
          }
    }
  means = filled;
}

// Less the first-order effect along the lines: the mean change between lines over the rows of each line of cells, cumulated.
std::vector<double> main_effect(const Grid& corners, const Grid& counts, bool along_lines) {
  const std::size_t n = along_lines ? counts.lines : counts.columns, m = along_lines ? counts.columns : counts.lines;
  const auto corner = [&](std::size_t i, std::size_t k) { return along_lines ? corners(i, k) : corners(k, i); };
  std::vector<double> effect(n + 1);
  for (std::size_t i = 0; i < n; ++i) {
    double sum = 0, rows = 0;
    for (std::size_t k = 0; k < m; ++k) {
      const double count = along_lines ? counts(i, k) : counts(k, i);
      sum += count * (corner(i + 1, k) - corner(i, k) + corner(i + 1, k + 1) - corner(i, k + 1)) / 2;
      rows += count;
    }
    effect[i + 1] = effect[i] + (rows > 0 ? sum / rows : 0);
  }
  return effect;
}

Grid accumulated(Grid means, const Grid& counts) {
  fill_empty_cells(means, counts);
  Grid corners(means.lines + 1, means.columns + 1);
  for (std::size_t i = 0; i < means.lines; ++i)
    for (std::size_t k = 0; k < means.columns; ++k)
      corners(i + 1, k + 1) = corners(i, k + 1) + corners(i + 1, k) - corners(i, k) + means(i, k);
  const std::vector<double> of_lines = main_effect(corners, counts, true), of_columns = main_effect(corners, counts, false);
  for (std::size_t i = 0; i < corners.lines; ++i)
    for (std::size_t k = 0; k < corners.columns; ++k) corners(i, k) -= of_lines[i] + of_columns[k];
  double mean = 0, rows = 0;
  for (std::size_t i = 0; i < counts.lines; ++i)
    for (std::size_t k = 0; k < counts.columns; ++k) {
      mean += counts(i, k) * (corners(i, k) + corners(i + 1, k) + corners(i, k + 1) + corners(i + 1, k + 1)) / 4;
      rows += counts(i, k);
    }
  for (double& one : corners.values) one -= mean / rows;
  return corners;
}

std::vector<double> edges_at(const std::vector<double>& edges, const std::vector<std::size_t>& bins, std::size_t above) {
  std::vector<double> made;
  for (const std::size_t bin : bins) made.push_back(edges[bin + above]);
  return made;
}

EffectSurface surface_of(const EffectQuestion& question, std::int64_t bins, const ExplainedFeature& first, const ExplainedFeature& second) {
  const std::vector<double> a = numbers_of(question.rows, first), b = numbers_of(question.rows, second);
  EffectSurface made{.first = first.name, .second = second.name, .x = quantile_edges(a, bins), .y = quantile_edges(b, bins)};
  const std::vector<std::size_t> lines = bins_of(a, made.x), columns = bins_of(b, made.y);
  Grid means(made.x.size() - 1, made.y.size() - 1), counts = means;
  for (std::size_t row = 0; row < a.size(); ++row) ++counts(lines[row], columns[row]);
  for (const std::size_t i : {0U, 1U})
    for (const std::size_t k : {0U, 1U}) {
      const Tensors moved =
          with_numbers(with_numbers(question.rows, first, edges_at(made.x, lines, i)), second, edges_at(made.y, columns, k));
      const std::vector<double> answers = finite_answers(question, moved);
      for (std::size_t row = 0; row < a.size(); ++row)
        means(lines[row], columns[row]) += (i == k ? answers[row] : -answers[row]) / counts(lines[row], columns[row]);
    }
  made.z = accumulated(std::move(means), counts).values;
  return made;
}

// Single numbers that vary and are in every row.
std::vector<std::size_t> usable(const EffectQuestion& question, Effect& made) {
  std::vector<std::size_t> places;
  for (const std::size_t place : features_asked(question)) {
    const ExplainedFeature& feature = question.subject.features()[place];
    const std::vector<double> values = has_numbers(feature) ? numbers_of(question.rows, feature) : std::vector<double>();
    const bool whole = !values.empty() && std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
    if (whole && std::ranges::min(values) < std::ranges::max(values)) places.push_back(place);
    else made.notes.push_back(upkeep::format("\"{}\" is no number that varies and is there in every row, and was left out.", feature.name));
  }
  return places;
}

Effect ale_pairs(const EffectQuestion& question, const Json& given) {
  const auto options = parse<AlePairs>(given);
  Effect made{.name = "ale-pairs", .what = "what two features do together beyond what each does alone, in units of the answer"};
  const std::vector<std::size_t> features = usable(question, made);
  if (features.size() < 2) throw Error(ErrorCode::kInvalidArgument, "pairs need two numbers that vary", "name two or more");
  if (static_cast<std::int64_t>(features.size()) > options.most_features)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} features; most_features is {}", features.size(), options.most_features),
                "name the features that matter, such as the strongest of interactions");
  const double none = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t j = 0; j < features.size(); ++j)
    for (std::size_t k = j + 1; k < features.size(); ++k) {
      const auto& all = question.subject.features();
      made.surfaces.push_back(surface_of(question, options.bins, all[features[j]], all[features[k]]));
      const auto [low, high] = std::ranges::minmax(made.surfaces.back().z);
      made.figures.push_back(
          {.feature = all[features[j]].name + " x " + all[features[k]].name, .value = high - low, .low = none, .high = none});
    }
  std::ranges::stable_sort(made.figures, std::ranges::greater(), &EffectFigure::value);
  return made;
}

}  // namespace

void add_ale_pairs(EffectCatalog& catalog) {
  catalog.add({.name = "ale-pairs",
               .aliases = {"ale-2d"},
               .help = "accumulated local effects of pairs: what two features do together beyond each alone",
               .settings = settings<AlePairs>,
               .measure = ale_pairs});
}

}  // namespace explain::effects
}  // namespace upkeep
