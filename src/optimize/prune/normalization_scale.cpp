// Network slimming: channels with a small scale in the batch normalisation behind them (Liu et al. 2017). score = |gamma|

#include <cmath>

#include "optimize/prune/prune.hpp"

namespace upkeep::pruning {

void add_normalization_scale(PruneCatalog& catalog) {
  const auto size = [](double weight, double, double) { return std::abs(weight); };
  catalog.add(plain_method("normalization-scale", "channels with the smallest scale in their batch normalisation go",
                           {.judges = Judges::kNormalizationScales, .scores = by_element(size)}));
}

}  // namespace upkeep::pruning
