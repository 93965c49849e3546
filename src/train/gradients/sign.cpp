// Steps: their derivative is 0 wherever there is one, so no gradient flows. Nor does it through what only looks at the shape (EyeLike), nor
// to the band edges of MelWeightMatrix, which become whole numbers of bins.
// (Operators with integer or boolean outputs, such as Shape, ArgMax and the comparisons, need no rule: no gradient reaches them.)

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

void add_sign(GradientCatalog& catalog) {
  catalog.add({.name = "Sign",
               .aliases = {"Floor", "Ceil", "Round", "Hardmax", "EyeLike", "MelWeightMatrix"},
               .help = "dL/dx = 0: constant almost everywhere",
               .rule = nullptr});
}

}  // namespace upkeep::gradients
