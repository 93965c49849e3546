// A pass changes a model: it edits the structure, prunes, rewrites. The runner works on a copy (tensors are shared), verifies before and
// after, times, and hands the caller either the whole change or the untouched original.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "graph/graph.hpp"

namespace upkeep {

// What a pass did.
struct Change {
  std::string pass;                // "prune magnitude"
  std::vector<std::string> notes;  // for people, one line each
  Json facts = Json::object();     // the same for programs
  double seconds = 0;              // wall time
};

// Works on `model` in place and says what it did in the change, whose name is already set.
using Pass = std::function<void(Model& model, Change& change)>;

// Runs `pass`. An Error has the pass's name as context and leaves `model` as it was; a pass that leaves an invalid graph is an
// Error{kInternal}.
Change run_pass(std::string name, Model& model, const Pass& pass);

}  // namespace upkeep
