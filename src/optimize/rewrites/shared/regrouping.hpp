// A Reshape that joins neighbouring axes, or takes one apart, can be done before a Transpose as well as behind it, where it leaves the axes
// together that the Transpose keeps together: [n, 8, 2, 8, c] -> [n, 16, 8, c] is [n, c, 8, 2, 8] -> [n, c, 16, 8] with c moved.
#pragma once

#include <optional>

#include "graph/permutation.hpp"
#include "graph/wiring.hpp"

namespace upkeep::rewrites {

struct Regrouping {
  Permutation target;       // the shape to give to what is transposed: numbers, 0 for "as it was", -1 for one that is open
  Permutation permutation;  // of the Transpose that then comes behind
};

// `from` is Transpose(x, permutation), `to` what a Reshape makes of it. nullopt: axes are mixed, or sizes are not known.
std::optional<Regrouping> regroup(const Dims& from, const Dims& to, const Permutation& permutation);

}  // namespace upkeep::rewrites
