#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.hpp"
#include "optimize/factorize/factorize.hpp"

namespace upkeep::factorizing {
namespace {

Factors svd(const Matrix& matrix, const std::string& settings) {
  const NamedSettings named = parse_named("svd:" + settings);
  const Chain chain = catalog()
                          .at("svd")
                          .plan(named.values)
                          .chain({{static_cast<std::int64_t>(matrix.rows), static_cast<std::int64_t>(matrix.columns)}, matrix.values});
  const std::size_t rank = chain.ranks[0];
  return {.left = {matrix.rows, rank, chain.links[0].kernel.values},
          .right = {rank, matrix.columns, chain.links[1].kernel.values},
          .error = chain.error};
}

Matrix random_matrix(std::size_t rows, std::size_t columns, std::uint64_t seed) {
  Random random(seed);
  Matrix matrix{.rows = rows, .columns = columns, .values = std::vector<double>(rows * columns)};
  for (double& value : matrix.values) value = random.normal();
  return matrix;
}

double relative_error(const Matrix& matrix, const Factors& factors) {
  double difference = 0, all = 0;
  for (std::size_t i = 0; i < matrix.rows; ++i)
    for (std::size_t j = 0; j < matrix.columns; ++j) {
      double product = 0;
      for (std::size_t k = 0; k < factors.rank(); ++k) product += factors.left(i, k) * factors.right(k, j);
      difference += (matrix(i, j) - product) * (matrix(i, j) - product);
      all += matrix(i, j) * matrix(i, j);
    }
  return std::sqrt(difference / all);
}

// numpy.linalg.svd of [[4, 0], [3, -5]]: singular values sqrt(40) and sqrt(10), so that rank 1 leaves sqrt(10 / 50).
TEST(Svd, IsTheClosestOfItsRank) {
  const Matrix matrix{.rows = 2, .columns = 2, .values = {4, 0, 3, -5}};
  const Factors factors = svd(matrix, "rank=1");
  EXPECT_NEAR(factors.error, std::sqrt(0.2), 1e-12);
  EXPECT_NEAR(relative_error(matrix, factors), std::sqrt(0.2), 1e-12);
}

TEST(Svd, SaysItsErrorAndTakesTheRankThatKeepsTheEnergy) {
  for (const auto& [rows, columns] : {std::pair<std::size_t, std::size_t>{30, 12}, {12, 30}, {1, 5}, {7, 1}, {20, 20}}) {
    const Matrix matrix = random_matrix(rows, columns, 4);
    EXPECT_NEAR(relative_error(matrix, svd(matrix, "rank=1000")), 0, 1e-7) << "all of it";
    const Factors some = svd(matrix, "energy=0.8");
    EXPECT_NEAR(relative_error(matrix, some), some.error, 1e-7);
    EXPECT_LE(some.error * some.error, 0.2 + 1e-12);
    if (some.rank() > 1) {
      const Factors less = svd(matrix, "rank=" + std::to_string(some.rank() - 1));
      EXPECT_GT(less.error * less.error, 0.2) << "one less would not do";
    }
  }
}

TEST(Svd, OfZerosIsZeros) {
  const Matrix zeros{.rows = 3, .columns = 2, .values = std::vector<double>(6, 0)};
  const Factors factors = svd(zeros, "energy=0.9");
  EXPECT_EQ(factors.error, 0);
  EXPECT_THAT(factors.left.values, testing::Each(0));
}

}  // namespace
}  // namespace upkeep::factorizing
