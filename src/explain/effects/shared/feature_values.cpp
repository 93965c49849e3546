#include "explain/effects/shared/feature_values.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "base/format.hpp"
#include "base/random.hpp"
#include "data/elements.hpp"
#include "explain/coalitions.hpp"
#include "explain/row_numbers.hpp"
#include "explain/value_text.hpp"

namespace upkeep::explain {

std::vector<std::size_t> features_asked(const EffectQuestion& question) {
  if (rows_in(question.rows) == 0) throw Error(ErrorCode::kInvalidArgument, "no rows to measure effects on");
  if (!question.features.empty()) return question.features;
  std::vector<std::size_t> all(question.subject.features().size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

bool has_numbers(const ExplainedFeature& feature) { return feature.scalar() && feature.kind == FeatureKind::kNumber; }

Tensors rows_at_most(const Tensors& rows, std::int64_t most, std::uint64_t seed) {
  if (rows_in(rows) <= most) return rows;
  return choose_background(rows, {}, {.choosing = "sample", .rows = most, .seed = seed}).rows;
}

Levels levels_of(const Tensors& rows, const ExplainedFeature& feature) {
  std::map<std::string, std::size_t> known;
  std::vector<std::string> texts;
  Levels found;
  for (std::int64_t row = 0; row < rows_in(rows); ++row) {
    texts.push_back(value_text(rows, row, feature));
    if (!known.try_emplace(texts.back(), found.labels.size()).second) continue;
    found.labels.push_back(texts.back());
    found.rows.push_back(row);
  }
  std::vector<std::size_t> order(found.labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t level) { return std::ranges::find(feature.categories, found.labels[level]); });
  Levels sorted;
  for (const std::size_t level : order) {
    known[found.labels[level]] = sorted.labels.size();
    sorted.labels.push_back(found.labels[level]);
    sorted.rows.push_back(found.rows[level]);
  }
  for (const std::string& text : texts) sorted.of_row.push_back(known[text]);
  return sorted;
}

std::vector<double> numbers_of(const Tensors& rows, const ExplainedFeature& feature) {
  return element_numbers(rows.at(feature.parts[0].input), feature.parts[0].elements[0]);
}

Tensors with_numbers(const Tensors& rows, const ExplainedFeature& feature, const std::vector<double>& values) {
  const Tensor& input = rows.at(feature.parts[0].input);
  const auto element = static_cast<std::size_t>(feature.parts[0].elements[0]);
  Shape shape = input.shape();
  shape[0] = static_cast<std::int64_t>(values.size());
  const std::size_t width = static_cast<std::size_t>(input.size() / input.dim(0));
  std::vector<double> numbers(values.size() * width);
  for (std::size_t i = 0; i < values.size(); ++i) numbers[i * width + element] = values[i];
  const Tensors from{{feature.parts[0].input, Tensor(shape, std::move(numbers)).cast(input.dtype())}};
  std::vector<std::int64_t> places(static_cast<std::size_t>(rows_in(rows)), 0);
  if (values.size() > 1) std::iota(places.begin(), places.end(), std::int64_t{0});
  return with_feature(rows, feature, from, places);
}

Tensors with_number(const Tensors& rows, const ExplainedFeature& feature, double value) { return with_numbers(rows, feature, {value}); }

std::vector<double> finite_answers(const EffectQuestion& question, const Tensors& rows) {
  std::vector<double> answers = question.subject.answers(rows, question.element);
  const auto bad = std::ranges::find_if_not(answers, [](double answer) { return std::isfinite(answer); });
  if (bad != answers.end())
    throw Error(ErrorCode::kFailedPrecondition,
                upkeep::format("output \"{}\" is {} for row {}, or for that row with another value of a feature",
                               question.subject.output().name, *bad, bad - answers.begin() + 1),
                "measure effects on rows that the model answers");
  return answers;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double standard_error_of(const std::vector<double>& values) {
  if (values.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  const double mean = mean_of(values), n = static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / (n - 1) / n);
}

std::pair<double, double> limits_of(std::vector<double> replicates) {
  std::ranges::sort(replicates);
  const auto at = [&](double share) {
    const double place = share * static_cast<double>(replicates.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, replicates.size() - 1);
    return std::lerp(replicates[below], replicates[above], place - static_cast<double>(below));
  };
  return {at(0.025), at(0.975)};
}

}  // namespace upkeep::explain
