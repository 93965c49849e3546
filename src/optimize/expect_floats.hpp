// What passes that work on float weights ask of a model first.
#pragma once

#include "graph/graph.hpp"

namespace upkeep {

// Throws Error{kFailedPrecondition} where weights of the model are integers: it was quantised, and there is no kernel of floats to look at.
void expect_floats(const Model& model);

}  // namespace upkeep
