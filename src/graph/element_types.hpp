// Kinds of element types.
#pragma once

#include "upkeep/tensor.hpp"

namespace upkeep {

// float16, bfloat16, float32, float64.
inline bool is_floating(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat64 || dtype == DType::kFloat16 || dtype == DType::kBFloat16;
}

}  // namespace upkeep
