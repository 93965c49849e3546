// Tensors to begin with: random numbers that are the same on every machine, and the little arithmetic that examples and tests need.
#pragma once

#include <cstdint>

#include "upkeep/tensor.hpp"

namespace upkeep {

// float32 of the given shape, uniform in [0, 1) (Philox4x32-10, counted from `seed`).
Tensor random_uniform(const Shape& shape, std::uint64_t seed);
// Normal with mean 0 and standard deviation 1.
Tensor random_normal(const Shape& shape, std::uint64_t seed);

// [n, k] float32 times [k, m] float32: [n, m]. Throws Error{kInvalidArgument} when the shapes do not go together.
Tensor matmul(const Tensor& a, const Tensor& b);
// Elementwise; both float32 of one shape.
Tensor add(const Tensor& a, const Tensor& b);

}  // namespace upkeep
