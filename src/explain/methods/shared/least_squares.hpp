// Small dense systems of the methods that fit a linear model to coalitions.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace upkeep::explain {

// A symmetric positive definite matrix [n, n], row-major, as L L^T. Nothing where it is not positive definite.
class Cholesky {
 public:
  static std::optional<Cholesky> of(std::vector<double> matrix, std::size_t n);
  std::vector<double> solve(std::span<const double> right) const;
  std::vector<double> inverse() const;  // [n, n]

 private:
  Cholesky(std::vector<double> factor, std::size_t n) : factor_(std::move(factor)), n_(n) {}
  std::vector<double> factor_;  // lower triangle
  std::size_t n_;
};

}  // namespace upkeep::explain
