// Pictures in other sizes, as tf.image.resize makes them: pixels have their centre at i + 0.5.
#pragma once

#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "graph/ops.hpp"

namespace upkeep::layers {

inline const std::vector<std::string> kInterpolations = {"nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"};

// How much of each of n pixels is in each of m new ones, [m, n]. Row by row the weights add up to 1.
//   nearest    pixel floor((i + 0.5) * n / m)
//   bilinear   max(1 - |x|, 0)
//   bicubic    Keys' cubic with a = -0.5; without antialias from a table of 1024 steps, as TensorFlow's
//   lanczosR   sinc(x) sinc(x / R) for |x| < R
// With `antialias`, a smaller picture is made by kernels as wide as a new pixel (nearest knows none).
Tensor interpolation_weights(std::string_view interpolation, std::int64_t n, std::int64_t m, bool antialias);

// x [batch, channels, rows, columns] at rows and columns of `size`. Throws Error{kUnsupported} where that needs a known size of x.
Value resize(Ops& ops, const Value& x, std::vector<std::int64_t> size, std::string_view interpolation, bool antialias);

}  // namespace upkeep::layers
