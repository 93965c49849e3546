// Taylor pruning: what the loss would change by, to first order, if a weight or a channel were zero (Molchanov et al. 2017, 2019).
// score = |g w| for an element, |sum of g w| for a channel, g the mean gradient over the data

#include <cmath>

#include "optimize/prune/prune.hpp"

namespace upkeep::pruning {

struct Taylor : Amount {};

}  // namespace upkeep::pruning

namespace upkeep {

template <>
inline const Settings settings<pruning::Taylor> =
    pruning::method_settings<pruning::Taylor>("taylor", "what changes the loss least goes, by gradient times weight; needs data");

}  // namespace upkeep

namespace upkeep::pruning {

namespace {

std::vector<double> first_order(const Evidence& evidence) {
  std::vector<double> scores(evidence.values.size());
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = double{evidence.gradient[i]} * double{evidence.values[i]};
  return scores;
}

Ranking taylor_ranking(const Json& values) {
  return {.amount = parse<Taylor>(values), .needs_gradients = true, .adds_up = true, .scores = first_order};
}

}  // namespace

void add_taylor(PruneCatalog& catalog) {
  const Settings& about = settings<Taylor>;
  catalog.add({.name = about.name(), .help = about.help(), .settings = about, .ranking = taylor_ranking});
}

}  // namespace upkeep::pruning
