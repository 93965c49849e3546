// Pruned weights that are judged: those of the tensors that changed most come back first until the rest is accepted.
#pragma once

#include "optimize/acceptance.hpp"
#include "optimize/pass.hpp"

namespace upkeep {

// `pruned` and `change` are what prune_elements() made of `before`, which answers as judge.before() does. The facts of the change become
// those of what is left.
Accepted accept_pruned_elements(const Judge& judge, const Model& before, const Model& pruned, Change& change);

}  // namespace upkeep
