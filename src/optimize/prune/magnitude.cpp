// Magnitude pruning: the smallest weights go first (Han et al. 2015). score = |w|

#include <cmath>

#include "optimize/prune/prune.hpp"

namespace upkeep::pruning {

void add_magnitude(PruneCatalog& catalog) {
  const auto size = [](double weight, double, double) { return std::abs(weight); };
  catalog.add(plain_method("magnitude", "the smallest weights go", {.scores = by_element(size)}));
}

}  // namespace upkeep::pruning
