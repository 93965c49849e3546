// Kinds of element types.
#pragma once

#include "upkeep/tensor.hpp"

namespace upkeep {

// float16, bfloat16, float32, float64.
inline bool is_floating(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat64 || dtype == DType::kFloat16 || dtype == DType::kBFloat16;
}

// int8 to int64 and uint8 to uint64; no booleans.
inline bool is_integer_type(DType dtype) {
  switch (dtype) {
    case DType::kInt8:
    case DType::kInt16:
    case DType::kInt32:
    case DType::kInt64:
    case DType::kUInt8:
    case DType::kUInt16:
    case DType::kUInt32:
    case DType::kUInt64: return true;
    default: return false;
  }
}

}  // namespace upkeep
