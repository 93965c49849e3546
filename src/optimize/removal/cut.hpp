// Takes channels out of a graph: out of every weight, bias, statistic and constant that they stand in, and out of the numbers that say how
// many there are (shapes of a Reshape, sizes of a Split, bounds of a Slice, groups of a convolution, units of an LSTM).
#pragma once

#include <set>

#include "optimize/removal/coupling.hpp"

namespace upkeep::removal {

// `gone` are classes of `coupling`, which was made of `model`. At least one channel of each axis must stay. The answers are those of the
// model in which these channels had been zero wherever they are summed over, but for normalisations that compute over them.
// Slots of the optimiser are cut like their weights. Throws Error{kInternal} where the graph that comes out is not sound.
void cut(Model& model, const Coupling& coupling, const std::set<Slot>& gone);

}  // namespace upkeep::removal
