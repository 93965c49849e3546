// SNIP: the connections that the loss feels least (Lee et al. 2019). score = |g w|, a channel's the mean over its elements

#include <cmath>

#include "optimize/prune/prune.hpp"

namespace upkeep::pruning {

void add_snip(PruneCatalog& catalog) {
  const auto sensitivity = [](double weight, double gradient, double) { return std::abs(gradient * weight); };
  catalog.add(plain_method("snip", "the connections that the loss feels least go, by |gradient times weight|; needs data",
                           {.needs = Needs::kGradients, .scores = by_element(sensitivity)}));
}

}  // namespace upkeep::pruning
