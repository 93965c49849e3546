#include "optimize/factorize/shared/modes.hpp"

namespace upkeep::factorizing {

Cube cube_of(const Kernel& kernel) {
  const auto in = static_cast<std::size_t>(kernel.shape[kernel.shape.size() - 2]), out = static_cast<std::size_t>(kernel.shape.back());
  return {.window = kernel.values.size() / (in * out), .in = in, .out = out, .values = kernel.values};
}

double squared_norm(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return sum;
}

Matrix gram(const Cube& cube, Mode mode) {
  const std::size_t size = mode == Mode::kWindow ? cube.window : mode == Mode::kIn ? cube.in : cube.out;
  Matrix made{.rows = size, .columns = size, .values = std::vector<double>(size * size, 0)};
  const std::size_t outer = mode == Mode::kWindow ? 1 : mode == Mode::kIn ? cube.window : cube.window * cube.in;
  const std::size_t inner = cube.values.size() / (outer * size);
  for (std::size_t o = 0; o < outer; ++o)
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t j = 0; j <= i; ++j) {
        const double *left = &cube.values[(o * size + i) * inner], *right = &cube.values[(o * size + j) * inner];
        double sum = 0;
        for (std::size_t k = 0; k < inner; ++k) sum += left[k] * right[k];
        made(i, j) += sum;
        if (i != j) made(j, i) += sum;
      }
  return made;
}

Cube projected(const Cube& cube, Mode mode, const Matrix& basis) {
  Cube made = cube;
  (mode == Mode::kIn ? made.in : made.out) = basis.columns;
  made.values.assign(made.window * made.in * made.out, 0);
  for (std::size_t s = 0; s < cube.window; ++s)
    for (std::size_t i = 0; i < cube.in; ++i)
      for (std::size_t o = 0; o < cube.out; ++o)
        for (std::size_t r = 0; r < basis.columns; ++r) {
          if (mode == Mode::kIn) made(s, r, o) += basis(i, r) * cube(s, i, o);
          else made(s, i, r) += basis(o, r) * cube(s, i, o);
        }
  return made;
}

Matrix first_columns(const Matrix& matrix, std::size_t rank) {
  Matrix made{.rows = matrix.rows, .columns = rank, .values = {}};
  for (std::size_t i = 0; i < matrix.rows; ++i)
    for (std::size_t k = 0; k < rank; ++k) made.values.push_back(matrix(i, k));
  return made;
}

Kernel pointwise_kernel(const Matrix& matrix, const Kernel& like) {
  Shape shape(like.shape.size(), 1);
  shape[shape.size() - 2] = static_cast<std::int64_t>(matrix.rows);
  shape.back() = static_cast<std::int64_t>(matrix.columns);
  return {.shape = std::move(shape), .values = matrix.values};
}

Matrix transposed(const Matrix& matrix) {
  Matrix made{.rows = matrix.columns, .columns = matrix.rows, .values = std::vector<double>(matrix.values.size())};
  for (std::size_t i = 0; i < matrix.rows; ++i)
    for (std::size_t j = 0; j < matrix.columns; ++j) made(j, i) = matrix(i, j);
  return made;
}

}  // namespace upkeep::factorizing
