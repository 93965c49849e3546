// How much of what two features do together is not the sum of what each does alone: Friedman's H (Friedman & Popescu 2008),
//   H_jk^2 = sum over rows (PD_jk - PD_j - PD_k)^2 / sum over rows PD_jk^2,
// with partial dependences PD centred over the rows. 0 for features that only add up, 1 where neither does anything alone. What is
// reported is H; the square root of the numerator's mean, in units of the answer, tells a strong interaction from a ratio of noise.

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/format.hpp"
#include "explain/coalitions.hpp"
#include "explain/effects/shared/feature_values.hpp"

namespace upkeep {

namespace explain {

struct Interactions {
  std::int64_t rows = 50;
  std::int64_t most_features = 10;
};

}  // namespace explain

template <>
inline const Settings settings<explain::Interactions> = describe<explain::Interactions>(
    "interactions", "Friedman's H of pairs",
    field("rows", &explain::Interactions::rows, "rows at most, drawn by seed; each pair takes their square in evaluations",
          range(2, 10'000)),
    field("most_features", &explain::Interactions::most_features, "features, whose pairs are measured", range(2, 1000)));

namespace explain::effects {

namespace {

// Below this share of the answers' spread a joint effect is rounding of float32.
constexpr double kSmallestShare = 1e-6;

// The partial dependence of features at each row's own values, centred.
std::vector<double> centred_dependence(const EffectQuestion& question, const Tensors& rows, const std::vector<std::size_t>& features) {
  std::vector<double> made;
  for (std::int64_t row = 0; row < rows_in(rows); ++row) {
    Tensors changed = rows;
    for (const std::size_t feature : features) changed = with_feature(changed, question.subject.features()[feature], rows, row);
    made.push_back(mean_of(finite_answers(question, changed)));
  }
  const double mean = mean_of(made);
  for (double& one : made) one -= mean;
  return made;
}

double mean_square(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return sum / static_cast<double>(values.size());
}

Effect interactions(const EffectQuestion& question, const Json& given) {
  const auto options = parse<Interactions>(given);
  Effect made{.name = "interactions", .what = "Friedman's H of two features: the share of their joint effect that is not the sum of both"};
  const std::vector<std::size_t> features = features_asked(question);
  if (features.size() < 2) throw Error(ErrorCode::kInvalidArgument, "interactions need two features", "name two or more");
  if (static_cast<std::int64_t>(features.size()) > options.most_features)
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("{} features have {} pairs; most_features is {}", features.size(),
                               features.size() * (features.size() - 1) / 2, options.most_features),
                "name the features that matter, such as the first of permutation-importance");
  const Tensors rows = rows_at_most(question.rows, options.rows, question.seed);
  std::vector<double> answers = finite_answers(question, rows);
  const double mean = mean_of(answers);
  for (double& answer : answers) answer -= mean;
  std::vector<std::vector<double>> single;
  for (const std::size_t feature : features) single.push_back(centred_dependence(question, rows, {feature}));
  const double none = std::numeric_limits<double>::quiet_NaN();
  double largest = 0;
  for (std::size_t j = 0; j < features.size(); ++j)
    for (std::size_t k = j + 1; k < features.size(); ++k) {
      const std::vector<double> both = centred_dependence(question, rows, {features[j], features[k]});
      std::vector<double> beyond = both;
      for (std::size_t i = 0; i < both.size(); ++i) beyond[i] -= single[j][i] + single[k][i];
      const bool rounding = mean_square(both) <= kSmallestShare * kSmallestShare * mean_square(answers);
      const double h = rounding ? 0 : std::sqrt(mean_square(beyond) / mean_square(both));
      largest = std::max(largest, std::sqrt(mean_square(beyond)));
      const auto& all = question.subject.features();
      made.figures.push_back({.feature = all[features[j]].name + " x " + all[features[k]].name, .value = h, .low = none, .high = none});
    }
  std::ranges::stable_sort(made.figures, std::ranges::greater(), &EffectFigure::value);
  made.notes.push_back(
      upkeep::format("The strongest part of two features that is no sum is {:.3g} in units of the answer (root mean square).", largest));
  return made;
}

}  // namespace

void add_interactions(EffectCatalog& catalog) {
  catalog.add({.name = "interactions",
               .aliases = {"friedman-h"},
               .help = "how much two features do together that is not the sum of both (Friedman's H)",
               .settings = settings<Interactions>,
               .measure = interactions});
}

}  // namespace explain::effects
}  // namespace upkeep
