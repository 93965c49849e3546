// The element type in which Keras computes with values of several types (keras.backend.result_type), and the one in which ONNX Runtime can.
#pragma once

#include <functional>
#include <vector>

#include "graph/ops.hpp"

namespace upkeep::layers {

struct OperandType {
  DType type;
  bool weak = false;  // a number of Python's, which takes the type of what stands beside it where that can hold it
};

// Of unsigned and signed integers a signed type that holds both, of integers and floats the float; of numbers alone int32 or float32.
DType common_type(const std::vector<OperandType>& operands);
// In which Keras computes square roots and their like: floats stay, all else is float32.
DType floating_type(DType type);
// Types for which the runtime has kernels: truth values and small integers are computed as int32, large unsigned ones as int64, float16 as
// float32. Casting the result back wraps integers as arithmetic in the small type does.
DType computed_type(DType type);

// f(x), computed where the runtime can, in `type`.
Value in_type(Ops& ops, const Value& x, DType type, const std::function<Value(const Value&)>& f);
Value in_type(Ops& ops, const Value& a, const Value& b, DType type, const std::function<Value(const Value&, const Value&)>& f);
// A number as a constant of a type, without a detour over float32.
Value number(Ops& ops, double value, DType type);

}  // namespace upkeep::layers
