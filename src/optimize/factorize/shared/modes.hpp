// Kernels of convolutions as arrays of three axes: places of the window, channels read, filters made.
#pragma once

#include "optimize/factorize/factorize.hpp"

namespace upkeep::factorizing {

enum class Mode { kWindow, kIn, kOut };

struct Cube {
  std::size_t window = 0, in = 0, out = 0;
  std::vector<double> values;
  double operator()(std::size_t s, std::size_t i, std::size_t o) const { return values[(s * in + i) * out + o]; }
  double& operator()(std::size_t s, std::size_t i, std::size_t o) { return values[(s * in + i) * out + o]; }
};

Cube cube_of(const Kernel& kernel);
double squared_norm(const std::vector<double>& values);
// Products of all slices along a mode with each other, [size, size].
Matrix gram(const Cube& cube, Mode mode);
// The axis kIn or kOut becomes the columns of `basis` [size, rank].
Cube projected(const Cube& cube, Mode mode, const Matrix& basis);
// The first `rank` columns.
Matrix first_columns(const Matrix& matrix, std::size_t rank);
// [rows, columns] as a kernel of a window of one place, of as many axes as `like`.
Kernel pointwise_kernel(const Matrix& matrix, const Kernel& like);
Matrix transposed(const Matrix& matrix);

}  // namespace upkeep::factorizing
