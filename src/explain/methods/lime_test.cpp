#include "explain/game_testing.hpp"

namespace upkeep::explain {

// With one background row a linear model is linear in which features are kept.
TEST(Lime, FindsALinearModelWithItsR2) {
  const Tensors row{{"x", Tensor({1, 3}, std::vector<float>{1, 2, -1})}};
  const Tensors zero{{"x", Tensor::full<float>({1, 3}, 0)}};
  const Attribution made = Asked(linear_model(), row, background_of(zero)).by("lime:ridge=0");
  EXPECT_THAT(made.values,
              testing::ElementsAre(testing::DoubleNear(2, 1e-6), testing::DoubleNear(-2, 1e-6), testing::DoubleNear(-3, 1e-6)));
  EXPECT_NEAR(made.base, 0.5, 1e-6);
  EXPECT_NEAR(made.figures.at("r2"), 1, 1e-9);
}

// Of y = a b c d with a background of zeros only the whole row answers: with n samples of which a share 1/16 is whole, R2 is far from 1.
TEST(Lime, SaysWhereALinearModelFitsBadly) {
  const Tensors row{{"x", Tensor({1, 4}, std::vector<float>{2, 3, 0.5, 4})}};
  const Attribution made = Asked(product_model(), row, background_of({{"x", Tensor::full<float>({1, 4}, 0)}})).by("lime:width=100");
  EXPECT_LT(made.figures.at("r2"), 0.5);
  EXPECT_THAT(made.notes, testing::Contains(testing::HasSubstr("R2")));
}

}  // namespace upkeep::explain
