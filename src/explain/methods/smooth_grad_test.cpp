#include "explain/gradient_testing.hpp"

namespace upkeep::explain::by_gradient {

TEST(SmoothGradMethod, OfALinearModelIsItsWeightsWithoutError) {
  const Attribution made = explained_by("smooth-grad", Subject(linear_model()), rows_of_x(3, {1, 2, 3}));
  const std::vector<double> weights = {2, -1, 3};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(made.values[i], weights[i], 1e-6);
    EXPECT_NEAR(made.standard_errors[i], 0, 1e-6);
  }
}

// E 3 (a + e)^2 = 3 a^2 + 3 s^2 and E exp(b + e) = exp(b + s^2 / 2), where s = noise * (max - min).
TEST(SmoothGradMethod, IsTheMeanOverTheNoiseWithinItsError) {
  const Attribution made = explained_by("smooth-grad:samples=4000,noise=0.2", Subject(additive_model()), rows_of_x(2, {2, 0.5F}));
  const double s = 0.2 * 1.5;
  EXPECT_NEAR(made.values[0], 12 + 3 * s * s, 4 * made.standard_errors[0]);
  EXPECT_NEAR(made.values[1], std::exp(0.5 + s * s / 2), 4 * made.standard_errors[1]);
  EXPECT_NEAR(made.standard_errors[1], std::exp(0.5) * s / std::sqrt(4000), 0.002);
}

}  // namespace upkeep::explain::by_gradient
