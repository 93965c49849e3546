#include <algorithm>

#include "explain/gradient_testing.hpp"

namespace upkeep::explain::by_gradient {

TEST(ExpectedGradientsMethod, OfALinearModelFromOneRowHasNoError) {
  const Attribution made =
      explained_by("expected-gradients", Subject(linear_model()), rows_of_x(3, {1, 2, 3}), background_of(rows_of_x(3, {0, 0, 1})));
  const std::vector<double> expected = {2, -2, 6};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(made.values[i], expected[i], 1e-5);
    EXPECT_NEAR(made.standard_errors[i], 0, 1e-5);
  }
}

TEST(ExpectedGradientsMethod, AgreesWithIntegratedGradientsWithinItsError) {
  const Subject subject(relu_model());
  const Background background = background_of(rows_of_x(2, {-1, 0.3F, 0.2F, -2, 1, 1}));
  const Attribution exact = explained_by("ig:most_steps=4096", subject, rows_of_x(2, {2, 1}), background, 1, 1e-5);
  const Attribution sampled = explained_by("expected-gradients:samples=4000", subject, rows_of_x(2, {2, 1}), background, 1);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(sampled.values[i], exact.values[i], 4 * sampled.standard_errors[i]);
  EXPECT_NEAR(sampled.base, exact.base, 1e-6);
}

TEST(ExpectedGradientsMethod, SamplesUntilItsErrorIsSmall) {
  const Background background = background_of(rows_of_x(2, {-1, 0.3F, 0.2F, -2, 1, 1}));
  const Attribution made = explained_by("expected-gradients:samples=50", Subject(relu_model()), rows_of_x(2, {2, 1}), background, 1, 0.005);
  EXPECT_LE(std::ranges::max(made.standard_errors), 0.005);
  EXPECT_GT(made.figures.at("samples"), 50);
}

}  // namespace upkeep::explain::by_gradient
