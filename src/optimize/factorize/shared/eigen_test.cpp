#include "optimize/factorize/shared/eigen.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/random.hpp"

namespace upkeep::factorizing {
namespace {

// The second difference: 2 - 2 cos(k pi / (n + 1)).
TEST(SymmetricEigen, OfTheSecondDifferenceIsKnown) {
  const std::size_t n = 40;
  Matrix matrix{.rows = n, .columns = n, .values = std::vector<double>(n * n, 0)};
  for (std::size_t i = 0; i < n; ++i) {
    matrix(i, i) = 2;
    if (i > 0) matrix(i, i - 1) = matrix(i - 1, i) = -1;
  }
  const Eigen eigen = symmetric_eigen(matrix);
  for (std::size_t k = 0; k < n; ++k)
    EXPECT_NEAR(eigen.values[k], 2 - 2 * std::cos(static_cast<double>(n - k) * std::numbers::pi / static_cast<double>(n + 1)), 1e-12);
}

TEST(SymmetricEigen, GivesBackTheMatrix) {
  for (const std::size_t n : {1, 2, 3, 10, 57}) {
    Random random(n);
    Matrix matrix{.rows = n, .columns = n, .values = std::vector<double>(n * n, 0)};
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j <= i; ++j) matrix(i, j) = matrix(j, i) = random.normal();
    const Eigen eigen = symmetric_eigen(matrix);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        double value = 0, product = 0;
        for (std::size_t k = 0; k < n; ++k) {
          value += eigen.values[k] * eigen.vectors(i, k) * eigen.vectors(j, k);
          product += eigen.vectors(k, i) * eigen.vectors(k, j);
        }
        EXPECT_NEAR(value, matrix(i, j), 1e-12 * static_cast<double>(n));
        EXPECT_NEAR(product, i == j ? 1 : 0, 1e-12 * static_cast<double>(n));
      }
  }
}

TEST(SymmetricEigen, OfADiagonalIsItself) {
  const Eigen eigen = symmetric_eigen({.rows = 3, .columns = 3, .values = {1, 0, 0, 0, 3, 0, 0, 0, 2}});
  EXPECT_EQ(eigen.values, (std::vector<double>{3, 2, 1}));
}

}  // namespace
}  // namespace upkeep::factorizing
