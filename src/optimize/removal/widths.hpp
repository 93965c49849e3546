// The layers of a model that lost channels: the same ones, with the widths that their weights have now.
#pragma once

#include "graph/graph.hpp"

namespace upkeep::removal {

// `after` is `before`, a model with a layer view, without some channels. Writes the layers into `after`'s metadata and builds its graph
// from them. False, and `after` stays as it is, where a layer's settings cannot say what was done to it.
bool keep_layers(const Model& before, Model& after);

}  // namespace upkeep::removal
