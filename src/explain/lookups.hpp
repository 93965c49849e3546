// Where whole numbers and texts become floats inside a model.
#pragma once

#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace upkeep::explain {

// An input and the float value that stands for it: each element of the input became as many neighbouring elements of the value.
struct Lookup {
  std::string input;
  std::string value;
};

// The first Gather, OneHot or Cast on each way from the input; comparisons (masks) and shapes are no such ways. Throws Error{kUnsupported}
// where another operator reads the numbers themselves. None: nothing but masks and shapes reads the input.
std::vector<Lookup> lookups_of(const Model& model, const std::string& input);

// Makes the values inputs of the graph, in place of the nodes that give them. `model` has its shapes inferred.
void cut_at(Model& model, const std::vector<Lookup>& lookups);

}  // namespace upkeep::explain
