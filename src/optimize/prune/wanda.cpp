// Wanda: the size of a weight times the size of what it multiplies (Sun, Liu, Bair and Kolter 2023). score = |w| ||x||, the root mean
// square of the input over rows. A large weight on an input that is nearly zero does little.

#include <cmath>

#include "optimize/prune/prune.hpp"

namespace upkeep::pruning {

void add_wanda(PruneCatalog& catalog) {
  const auto scores = [](const Evidence& evidence) {
    std::vector<double> all;
    for (std::size_t i = 0; i < evidence.values.size(); ++i)
      all.push_back(std::abs(double{evidence.values[i]}) * double{evidence.activation[i]});
    return all;
  };
  catalog.add(plain_method("wanda", "the smallest weights times what they multiply go; needs rows, but no loss",
                           {.needs = Needs::kActivations, .scores = scores}));
}

}  // namespace upkeep::pruning
