// Whether a row's answer can depend on the rows beside it, as far as the graph tells.
#pragma once

#include <string>

#include "graph/graph.hpp"

namespace upkeep {

// Of a model whose inputs have their rows along axis 0: a sentence that names a node which reduces, scans, sorts, selects or pairs rows, or
// that cannot be looked into (a loop, a branch). Empty: none does. A node that only moves values about is not looked for: it shows when
// the model is run on rows that differ. Never throws.
std::string mixes_rows(const Model& model);

}  // namespace upkeep
