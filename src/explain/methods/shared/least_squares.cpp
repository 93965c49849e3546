#include "explain/methods/shared/least_squares.hpp"

#include <cmath>

namespace upkeep::explain {

// Pivots below this share of their diagonal are rounding.
static constexpr double kSmallestPivot = 1e-12;

std::optional<Cholesky> Cholesky::of(std::vector<double> matrix, std::size_t n) {
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t column = 0; column <= row; ++column) {
      double sum = matrix[row * n + column];
      const double* const a = &matrix[row * n];
      const double* const b = &matrix[column * n];
      for (std::size_t k = 0; k < column; ++k) sum -= a[k] * b[k];
      if (row != column) {
        matrix[row * n + column] = sum / matrix[column * n + column];
        continue;
      }
      if (!(sum > kSmallestPivot * std::abs(matrix[row * n + row]))) return std::nullopt;
      matrix[row * n + row] = std::sqrt(sum);
    }
  }
  return Cholesky(std::move(matrix), n);
}

std::vector<double> Cholesky::solve(std::span<const double> right) const {
  std::vector<double> x(right.begin(), right.end());
  for (std::size_t row = 0; row < n_; ++row) {
    for (std::size_t k = 0; k < row; ++k) x[row] -= factor_[row * n_ + k] * x[k];
    x[row] /= factor_[row * n_ + row];
  }
  for (std::size_t row = n_; row-- > 0;) {
    for (std::size_t k = row + 1; k < n_; ++k) x[row] -= factor_[k * n_ + row] * x[k];
    x[row] /= factor_[row * n_ + row];
  }
  return x;
}

std::vector<double> Cholesky::inverse() const {
  std::vector<double> made(n_ * n_), unit(n_);
  for (std::size_t i = 0; i < n_; ++i) {
    unit.assign(n_, 0.0);
    unit[i] = 1;
    const std::vector<double> column = solve(unit);
    for (std::size_t k = 0; k < n_; ++k) made[k * n_ + i] = column[k];
  }
  return made;
}

}  // namespace upkeep::explain
