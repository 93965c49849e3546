// Shapley values (Shapley 1953) of the game whose value is the mean answer over the background:
//   phi_i = sum over S without i of |S|! (M - |S| - 1)! / M! (v(S + i) - v(S))
// All 2^M coalitions are asked, M being the number of features that differ from the background, so nothing is sampled.

#include <bit>
#include <cmath>

#include "base/format.hpp"
#include "explain/methods/shared/additive.hpp"

namespace upkeep {

namespace explain {

struct ExactShapley {
  std::int64_t most_features = 14;
};

}  // namespace explain

template <>
inline const Settings settings<explain::ExactShapley> =
    describe<explain::ExactShapley>("exact-shapley", "Shapley values of all coalitions",
                                    field("most_features", &explain::ExactShapley::most_features,
                                          "features that differ from the background; each doubles the evaluations", range(1, 20)));

namespace explain::methods {

namespace {

std::vector<double> shapley_values(std::span<const double> values, std::size_t players) {
  std::vector<double> weights(players);  // by size of S: 1 / (M * C(M - 1, s))
  double binomial = 1;
  for (std::size_t s = 0; s < players; ++s) {
    weights[s] = 1 / (static_cast<double>(players) * binomial);
    binomial = binomial * static_cast<double>(players - 1 - s) / static_cast<double>(s + 1);
  }
  std::vector<double> shapley(players);
  for (std::size_t set = 0; set < values.size(); ++set)
    for (std::size_t i = 0; i < players; ++i)
      if (!(set >> i & 1))
        shapley[i] += weights[static_cast<std::size_t>(std::popcount(set))] * (values[set | std::size_t{1} << i] - values[set]);
  return shapley;
}

Attribution exact_shapley(const Question& question, const Json& given) {
  const auto options = parse<ExactShapley>(given);
  CoalitionGame game(question);
  const std::size_t players = game.size();
  if (players > static_cast<std::size_t>(options.most_features))
    throw Error(ErrorCode::kInvalidArgument,
                upkeep::format("exact Shapley values of {} features take 2^{} coalitions; most_features is {}", players, players,
                               options.most_features),
                "take kernel-shap, permutation-shap or partition-shap, or explain groups of features");
  std::vector<Coalition> coalitions;
  for (std::size_t set = 0; set < std::size_t{1} << players; ++set) {
    Coalition coalition(players);
    for (std::size_t i = 0; i < players; ++i) coalition[i] = set >> i & 1;
    coalitions.push_back(std::move(coalition));
  }
  Attribution made = attribution_of(question, game, shapley_values(game.values(coalitions), players));
  made.figures["coalitions"] = static_cast<double>(coalitions.size());
  return made;
}

}  // namespace

void add_exact_shapley(MethodCatalog& catalog) {
  catalog.add({.name = "exact-shapley",
               .aliases = {"exact"},
               .help = "Shapley values without sampling, up to about 12 features",
               .settings = settings<ExactShapley>,
               .needs_background = true,
               .additive = true,
               .explain = exact_shapley});
}

}  // namespace explain::methods
}  // namespace upkeep
