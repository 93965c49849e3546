// SNIP: the connections that the loss feels least (Lee et al. 2019). score = |g w|, a channel's the mean over its elements

#include <cmath>

#include "optimize/prune/prune.hpp"

namespace upkeep::pruning {

struct Snip : Amount {};

}  // namespace upkeep::pruning

namespace upkeep {

template <>
inline const Settings settings<pruning::Snip> =
    pruning::method_settings<pruning::Snip>("snip", "the connections that the loss feels least go, by |gradient times weight|; needs data");

}  // namespace upkeep

namespace upkeep::pruning {

namespace {

std::vector<double> sensitivities(const Evidence& evidence) {
  std::vector<double> scores(evidence.values.size());
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = std::abs(double{evidence.gradient[i]} * double{evidence.values[i]});
  return scores;
}

Ranking snip_ranking(const Json& values) { return {.amount = parse<Snip>(values), .needs_gradients = true, .scores = sensitivities}; }

}  // namespace

void add_snip(PruneCatalog& catalog) {
  const Settings& about = settings<Snip>;
  catalog.add({.name = about.name(), .help = about.help(), .settings = about, .ranking = snip_ranking});
}

}  // namespace upkeep::pruning
