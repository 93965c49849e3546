// How integers become vectors: Keras's output_mode of CategoryEncoding and Discretization.
#pragma once

#include <string>

#include "graph/ops.hpp"

namespace upkeep::layers {

// `mode`: "one_hot" gives a vector for each integer (the last axis goes where its size is 1), "multi_hot" one for each example with a 1 for
// each integer that it has along axis 1, "count" how often it has it.
Value encode_categories(Ops& ops, Value integers, const std::string& mode, std::int64_t depth);

}  // namespace upkeep::layers
