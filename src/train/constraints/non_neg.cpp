// w = max(w, 0)

#include <algorithm>

#include "train/constraints/constraint.hpp"

namespace upkeep::constraints {

void add_non_neg(ConstraintCatalog& catalog) {
  catalog.add({.name = "non_neg", .aliases = {"NonNeg"}, .help = "no weight below zero", .settings = {}, .make = [](const Json& values) {
                 Settings("non_neg", "", {}).apply(nullptr, values);
                 return [](const Shape&, std::span<float> weight) {
                   for (float& w : weight) w = std::max(w, 0.0f);
                 };
               }});
}

}  // namespace upkeep::constraints
