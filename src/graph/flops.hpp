// What a graph costs to run, counted from the shapes of its values: floating-point operations by the arithmetic of each operator, as it is
// written, not as a runtime may carry it out (a convolution by FFT, fused nodes).
//
// A multiply-add is 2 FLOPs. Everything else that computes is counted by element:
//   elementwise operators (an Add, an Exp, a Gelu alike)    1 for each element of the result
//   Softmax, LogSoftmax                                      5 for each element: maximum, difference, exponential, sum, quotient
//   BatchNormalization                                       2: the statistics are constants
//   LayerNormalization and its like                          7: mean, difference, square, sum, quotient, scale, offset
//   reductions and pools                                     1 for each element that goes in, once for each window
//   moving data, casting, comparing, indexing                0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "graph/graph.hpp"

namespace upkeep {

struct Flops {
  std::int64_t multiply_adds = 0;
  std::int64_t other = 0;
  std::int64_t total() const { return 2 * multiply_adds + other; }
  Flops& operator+=(const Flops& more);
};

// The shape of a value, or nullopt where not all of its sizes are known.
using ShapeOf = std::function<std::optional<Shape>(const std::string& value)>;

// Of one run of the node. nullopt: an operator that is not known here (one with sub-graphs, one of another domain), or unknown shapes.
std::optional<Flops> flops(const Node& node, const ShapeOf& shape_of);

}  // namespace upkeep
