// The order of axes, and of places along an axis.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/graph.hpp"

namespace upkeep {

using Permutation = std::vector<std::int64_t>;  // place i of the result is place permutation[i] of what is reordered
Permutation inverse(const Permutation& permutation);
bool is_identity(const Permutation& permutation);
Tensor taken(const Tensor& tensor, std::size_t axis, const Permutation& places);  // the elements at these places of the axis

// The tensor with its axes in another order: axis i of the result is axis order[i]. Throws Error{kUnsupported} for elements that are not
// whole bytes: strings, 4-bit numbers.
Tensor permuted(const Tensor& tensor, const Permutation& order);

}  // namespace upkeep
