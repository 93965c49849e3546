#include "data/augment/shared/beta.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace upkeep::augment {

// Beta(a, a) has mean 1/2 and variance 1 / (4 (2 a + 1)); a mean of 20,000 numbers lies within five standard errors.
TEST(Beta, HasTheMeanAndVarianceOfItsFormula) {
  for (const double alpha : {0.2, 1.0, 3.0}) {
    Random random(5);
    double sum = 0;
    double squares = 0;
    constexpr int kCount = 20'000;
    for (int i = 0; i < kCount; ++i) {
      const double value = symmetric_beta(alpha, random);
      ASSERT_TRUE(value >= 0 && value <= 1);
      sum += value;
      squares += (value - 0.5) * (value - 0.5);
    }
    const double variance = 1 / (4 * (2 * alpha + 1));
    EXPECT_NEAR(sum / kCount, 0.5, 5 * std::sqrt(variance / kCount)) << alpha;
    EXPECT_NEAR(squares / kCount, variance, 5 * 0.25 / std::sqrt(kCount)) << alpha;
  }
}

// With alpha 1 it is uniform: the largest gap to the diagonal (Kolmogorov and Smirnov) is below 1.95 / sqrt(n) in 99.9 % of the cases.
TEST(Beta, OfOneIsUniform) {
  Random random(9);
  std::vector<double> values(10'000);
  for (double& value : values) value = symmetric_beta(1.0, random);
  std::ranges::sort(values);
  double gap = 0;
  for (std::size_t i = 0; i < values.size(); ++i) gap = std::max(gap, std::abs(values[i] - (static_cast<double>(i) + 0.5) / 1e4));
  EXPECT_LT(gap, 1.95 / 100);
}

TEST(Beta, OfAlmostZeroIsZeroOrOne) {
  Random random(2);
  int ones = 0;
  for (int i = 0; i < 1000; ++i) {
    const double value = symmetric_beta(1e-6, random);
    EXPECT_TRUE(value < 1e-3 || value > 1 - 1e-3) << value;
    ones += value > 0.5;
  }
  EXPECT_NEAR(ones, 500, 80);
}

}  // namespace upkeep::augment
