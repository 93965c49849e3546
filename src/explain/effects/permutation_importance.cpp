// How much worse the answers are when a feature's values are shuffled among the rows (Breiman 2001; Fisher, Rudin & Dominici 2019):
// the loss with the shuffled feature less the loss without, averaged over repeats. Intervals are Student's over the repeats.

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "explain/coalitions.hpp"
#include "explain/effects/shared/feature_values.hpp"

namespace upkeep {

namespace explain {

struct PermutationImportance {
  std::int64_t repeats = 10;
};

}  // namespace explain

template <>
inline const Settings settings<explain::PermutationImportance> = describe<explain::PermutationImportance>(
    "permutation-importance", "rise of the loss under shuffling",
    field("repeats", &explain::PermutationImportance::repeats, "shuffles of each feature", range(2, 100)));

namespace explain::effects {

namespace {

// The 97.5 % quantile of Student's t (Cornish-Fisher expansion of Abramowitz & Stegun 26.7.5; below 4 degrees of freedom from the table).
double student_limit(double freedom) {
  constexpr double kExact[] = {12.7062, 4.3027, 3.1824};
  if (freedom < 4) return kExact[static_cast<int>(freedom) - 1];
  const double z = 1.959963984540054, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
  return z + (z3 + z) / (4 * freedom) + (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom * freedom) +
         (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom * freedom * freedom);
}

Effect permutation_importance(const EffectQuestion& question, const Json& given) {
  const auto options = parse<PermutationImportance>(given);
  if (!question.loss)
    throw Error(ErrorCode::kInvalidArgument, "permutation importance needs the targets of the rows", "name their column with --target");
  Effect made{.name = "permutation-importance", .what = "rise of the loss when the feature is shuffled"};
  const std::vector<std::size_t> features = features_asked(question);
  const std::int64_t count = rows_in(question.rows);
  const double before = question.loss(question.subject.all_answers(question.rows));
  for (const std::size_t place : features) {
    const ExplainedFeature& feature = question.subject.features()[place];
    std::vector<double> rises;
    for (std::int64_t repeat = 0; repeat < options.repeats; ++repeat) {
      Random random(question.seed, stream_id("permutation-importance:" + feature.name), static_cast<std::uint32_t>(repeat));
      const Tensors shuffled = with_feature(question.rows, feature, question.rows, random.permutation(count));
      rises.push_back(question.loss(question.subject.all_answers(shuffled)) - before);
      if (!std::isfinite(rises.back()))
        throw Error(ErrorCode::kFailedPrecondition, "the loss is not finite with feature \"" + feature.name + "\" shuffled");
    }
    const double mean = mean_of(rises);
    const double half = student_limit(static_cast<double>(options.repeats - 1)) * standard_error_of(rises);
    made.figures.push_back({.feature = feature.name, .value = mean, .low = mean - half, .high = mean + half});
  }
  std::ranges::stable_sort(made.figures, std::ranges::greater(), &EffectFigure::value);
  made.notes.emplace_back("Features that say the same share their importance: shuffling one leaves the other.");
  return made;
}

}  // namespace

void add_permutation_importance(EffectCatalog& catalog) {
  catalog.add({.name = "permutation-importance",
               .aliases = {"importance"},
               .help = "how much the loss rises when a feature is shuffled, with repeats",
               .settings = settings<PermutationImportance>,
               .needs_loss = true,
               .measure = permutation_importance});
}

}  // namespace explain::effects
}  // namespace upkeep
