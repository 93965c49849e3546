// The graph as it is written in C++: one row at a time, every size known, whatever is the same in every run computed, calls of functions
// written out, and nothing that nobody reads.
#pragma once

#include "graph/graph.hpp"

namespace upkeep::firmware {

// graph.values has the types of all values. Throws Error{kUnsupported} naming all operators that no member of this room writes, and
// Error{kInvalidArgument} where a size of an input is open, other than the batch in front.
Model prepared(const Model& model);

// An input, output or inner value of the result. Throws Error{kUnsupported} when its sizes are not all known.
ValueInfo value_of(const Graph& graph, const std::string& name);
Shape shape_of(const ValueInfo& value);

}  // namespace upkeep::firmware
