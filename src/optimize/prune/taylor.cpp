// Taylor pruning: what the loss would change by, to first order, if a weight or a channel were zero (Molchanov et al. 2017, 2019).
// score = |g w| for an element, |sum of g w| for a channel, g the mean gradient over the data

#include "optimize/prune/prune.hpp"

namespace upkeep::pruning {

void add_taylor(PruneCatalog& catalog) {
  const auto first_order = [](double weight, double gradient, double) { return gradient * weight; };
  catalog.add(plain_method("taylor", "what changes the loss least goes, by gradient times weight; needs data",
                           {.needs = Needs::kGradients, .adds_up = true, .scores = by_element(first_order)}));
}

}  // namespace upkeep::pruning
