// Random numbers depend on no value: what RandomNormalLike and its kin read is a shape.

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

void add_random(GradientCatalog& catalog) {
  catalog.add({.name = "RandomNormalLike",
               .aliases = {"RandomUniformLike", "Bernoulli"},
               .help = "dL/dx = 0: random numbers depend on no value",
               .rule = nullptr});
}

}  // namespace upkeep::gradients
