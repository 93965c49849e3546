// Network slimming: channels with a small scale in the batch normalisation behind them (Liu et al. 2017). score = |gamma|

#include <cmath>

#include "optimize/prune/prune.hpp"

namespace upkeep::pruning {

struct NormalizationScale : Amount {};

}  // namespace upkeep::pruning

namespace upkeep {

template <>
inline const Settings settings<pruning::NormalizationScale> = pruning::method_settings<pruning::NormalizationScale>(
    "normalization-scale", "channels with the smallest scale in their batch normalisation go");

}  // namespace upkeep

namespace upkeep::pruning {

namespace {

std::vector<double> scales(const Evidence& evidence) {
  std::vector<double> scores(evidence.values.size());
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = std::abs(double{evidence.values[i]});
  return scores;
}

Ranking normalization_scale_ranking(const Json& values) {
  return {.amount = parse<NormalizationScale>(values), .judges = Judges::kNormalizationScales, .scores = scales};
}

}  // namespace

void add_normalization_scale(PruneCatalog& catalog) {
  const Settings& about = settings<NormalizationScale>;
  catalog.add({.name = about.name(), .help = about.help(), .settings = about, .ranking = normalization_scale_ranking});
}

}  // namespace upkeep::pruning
