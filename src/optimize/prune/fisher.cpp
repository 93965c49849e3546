// Optimal brain damage with the empirical Fisher matrix in place of the Hessian (LeCun et al. 1990; Theis et al. 2018).
// score = E[g^2] w^2 / 2, the mean of squares over batches

#include "optimize/prune/prune.hpp"

namespace upkeep::pruning {

void add_fisher(PruneCatalog& catalog) {
  const auto second_order = [](double weight, double, double square) { return 0.5 * square * weight * weight; };
  catalog.add(plain_method("fisher", "what raises the loss least to second order goes, by the squares of gradients; needs data",
                           {.needs = Needs::kGradients, .scores = by_element(second_order)}));
}

}  // namespace upkeep::pruning
