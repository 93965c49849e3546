#include "explain/gradient_testing.hpp"

namespace upkeep::explain::by_gradient {

TEST(InputXGradientMethod, OfALinearModelIsWeightTimesInput) {
  const Attribution made = explained_by("input-x-gradient", Subject(linear_model()), rows_of_x(3, {1, 2, 3}));
  EXPECT_THAT(made.values, ::testing::ElementsAre(2, -2, 9));
  EXPECT_NEAR(made.base, 0.5, 1e-6);
  EXPECT_NEAR(made.answer, 9.5, 1e-6);
}

}  // namespace upkeep::explain::by_gradient
