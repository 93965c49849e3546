// Axes as Keras's layers take them: a number or a list, counted from the front or, below zero, from the back.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "graph/ops.hpp"

namespace upkeep::layers {

// The axes, from the front, ascending. Throws Error{kInvalidArgument}: not numbers, outside of `dims`, given twice, or of unknown size
// where `known` asks for one.
enum class AxisSizes { kAny, kKnown };
std::vector<std::size_t> positive_axes(const Json& axes, const Dims& dims, AxisSizes sizes = AxisSizes::kAny);
std::size_t positive_axis(std::int64_t axis, const Dims& dims, AxisSizes sizes = AxisSizes::kAny);
// As operators take them.
std::vector<std::int64_t> integers(const std::vector<std::size_t>& axes);
// All axes that are not in `axes`.
std::vector<std::int64_t> all_but(const std::vector<std::size_t>& axes, std::size_t rank);
Shape sizes_of(const Dims& dims, const std::vector<std::size_t>& axes);
// A tensor over these axes, in a shape that broadcasts against `dims`.
Value over_axes(Ops& ops, Value tensor, const std::vector<std::size_t>& axes, const Dims& dims);

}  // namespace upkeep::layers
