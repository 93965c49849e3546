// Optimal brain damage with the empirical Fisher matrix in place of the Hessian (LeCun et al. 1990; Theis et al. 2018).
// score = E[g^2] w^2 / 2, the mean of squares over batches

#include <cmath>

#include "optimize/prune/prune.hpp"

namespace upkeep::pruning {

struct Fisher : Amount {};

}  // namespace upkeep::pruning

namespace upkeep {

template <>
inline const Settings settings<pruning::Fisher> = pruning::method_settings<pruning::Fisher>(
    "fisher", "what raises the loss least to second order goes, by the squares of gradients; needs data");

}  // namespace upkeep

namespace upkeep::pruning {

namespace {

std::vector<double> second_order(const Evidence& evidence) {
  std::vector<double> scores(evidence.values.size());
  for (std::size_t i = 0; i < scores.size(); ++i)
    scores[i] = 0.5 * double{evidence.gradient_square[i]} * double{evidence.values[i]} * double{evidence.values[i]};
  return scores;
}

Ranking fisher_ranking(const Json& values) { return {.amount = parse<Fisher>(values), .needs_gradients = true, .scores = second_order}; }

}  // namespace

void add_fisher(PruneCatalog& catalog) {
  const Settings& about = settings<Fisher>;
  catalog.add({.name = about.name(), .help = about.help(), .settings = about, .ranking = fisher_ranking});
}

}  // namespace upkeep::pruning
