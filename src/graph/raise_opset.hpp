// Older operator sets, written anew in the one that the rest of the house is written in.
#pragma once

#include "graph/ops.hpp"

namespace upkeep {

// Rewrites a graph of operator set 13 to 17 in set 18, sub-graphs included: the same values under the same names. A newer one stays as it
// is. Throws Error{kUnsupported} for an older one, and for a node that set 18 cannot express; nothing is changed then.
void raise_opset(Ops& ops);

}  // namespace upkeep
