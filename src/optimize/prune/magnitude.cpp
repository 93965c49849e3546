// Magnitude pruning: the smallest weights go first (Han et al. 2015). score = |w|

#include <cmath>

#include "optimize/prune/prune.hpp"

namespace upkeep::pruning {

struct Magnitude : Amount {};

}  // namespace upkeep::pruning

namespace upkeep {

template <>
inline const Settings settings<pruning::Magnitude> = pruning::method_settings<pruning::Magnitude>("magnitude", "the smallest weights go");

}  // namespace upkeep

namespace upkeep::pruning {

namespace {

std::vector<double> magnitudes(const Evidence& evidence) {
  std::vector<double> scores;
  scores.reserve(evidence.values.size());
  for (const float value : evidence.values) scores.push_back(std::abs(static_cast<double>(value)));
  return scores;
}

Ranking magnitude_ranking(const Json& values) { return {.amount = parse<Magnitude>(values), .scores = magnitudes}; }

}  // namespace

void add_magnitude(PruneCatalog& catalog) {
  const Settings& about = settings<Magnitude>;
  catalog.add({.name = about.name(), .help = about.help(), .settings = about, .ranking = magnitude_ranking});
}

}  // namespace upkeep::pruning
