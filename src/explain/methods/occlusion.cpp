// What the answer loses when one feature is hidden (Zeiler & Fergus 2014): the answer of the row less the mean answer with the feature
// taken from each background row. A background of zeros hides squares of an image behind zeros.

#include "explain/methods/shared/additive.hpp"

namespace upkeep::explain::methods {

namespace {

Attribution occlusion(const Question& question, const Json&) {
  CoalitionGame game(question);
  std::vector<Coalition> coalitions(game.size(), Coalition(game.size(), true));
  for (std::size_t p = 0; p < game.size(); ++p) coalitions[p][p] = false;
  std::vector<double> values = game.values(coalitions);
  for (double& value : values) value = game.answer() - value;
  return attribution_of(question, game, values);
}

}  // namespace

void add_occlusion(MethodCatalog& catalog) {
  catalog.add({.name = "occlusion",
               .aliases = {"ablation"},
               .help = "what the answer loses when one feature is hidden behind the background",
               .settings = Settings("occlusion", "no settings", {}),
               .needs_background = true,
               .explain = occlusion});
}

}  // namespace upkeep::explain::methods
