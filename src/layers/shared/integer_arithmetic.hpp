// Arithmetic of integers that is exact in 64 bits. ONNX Runtime sums and multiplies integers over axes, and raises them to powers, in
// floating point, which rounds above 2^53 and stops at the largest integer instead of wrapping.
//
// Values are int32 or int64 (computed_type() of integers).
#pragma once

#include "graph/ops.hpp"

namespace upkeep::layers {

// a / b rounded down.
Value floor_quotient(Ops& ops, const Value& a, const Value& b);
Value integer_power(Ops& ops, const Value& base, const Value& exponent);
Value integer_sum(Ops& ops, const Value& x, const std::vector<std::int64_t>& axes, bool keepdims);
// Throws Error{kUnsupported} for axes of unknown size.
Value integer_product(Ops& ops, const Value& x, const std::vector<std::int64_t>& axes, bool keepdims);

// The axes as the last one; those that are left keep their order.
Value gathered_axes(Ops& ops, const Value& x, const std::vector<std::size_t>& axes);

}  // namespace upkeep::layers
