// Sizes of inputs as somebody writes them, and a graph of those sizes.
#pragma once

#include <map>
#include <string>

#include "base/json.hpp"
#include "graph/graph.hpp"

namespace upkeep::rewrites {

using InputSizes = std::map<std::string, Dims>;  // by input; an unknown dimension stays as it is

// {"image": "1x3x320x320", "1": "8"}: by an input's name, or by its position among the inputs (weights are not counted); "?" leaves a size
// open. Throws Error{kInvalidArgument} naming the input.
InputSizes input_sizes(const Graph& graph, const Json& settings);

// Gives the inputs these sizes, and every input and output the number in place of a symbol that got one. Returns how many sizes were open.
// Throws Error{kInvalidArgument} where an input has another size or rank, or one symbol would be two numbers.
std::size_t fix_sizes(Graph& graph, const InputSizes& sizes);

}  // namespace upkeep::rewrites
