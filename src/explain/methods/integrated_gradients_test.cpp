#include <numeric>

#include "explain/gradient_testing.hpp"

namespace upkeep::explain::by_gradient {

static double sum_of(const Attribution& made) { return std::accumulate(made.values.begin(), made.values.end(), 0.0); }

TEST(IntegratedGradientsMethod, OfALinearModelIsWeightTimesDistance) {
  const Attribution made = explained_by("integrated-gradients", Subject(linear_model()), rows_of_x(3, {1, 2, 3}),
                                        background_of(rows_of_x(3, {0, 1, 1, 2, 3, -1})));
  EXPECT_NEAR(made.values[0], 0, 1e-6);  // w (x - mean)
  EXPECT_NEAR(made.values[1], 0, 1e-6);
  EXPECT_NEAR(made.values[2], 9, 1e-5);
  EXPECT_NEAR(made.base, 0.5, 1e-6);
}

TEST(IntegratedGradientsMethod, SplitsAProductInHalvesFromZero) {
  const Attribution made = explained_by("ig", Subject(product_model()), rows_of_x(2, {3, 5}));
  EXPECT_NEAR(made.values[0], 7.5, 1e-6);
  EXPECT_NEAR(made.values[1], 7.5, 1e-6);
  EXPECT_THAT(made.notes, ::testing::Contains(::testing::HasSubstr("zeros")));
}

TEST(IntegratedGradientsMethod, OfAnAdditiveModelIsEachTermsChange) {
  const Attribution made = explained_by("ig", Subject(additive_model()), rows_of_x(2, {2, 1}), background_of(rows_of_x(2, {1, 0})));
  EXPECT_NEAR(made.values[0], 7, 1e-6);
  EXPECT_NEAR(made.values[1], std::exp(1.0) - 1, 1e-6);
}

TEST(IntegratedGradientsMethod, TakesMoreStepsUntilTheSumIsRight) {
  const Subject subject(relu_model());
  const Background background = background_of(rows_of_x(2, {-1, 0.3F, 0.2F, -2}));
  const Attribution rough = explained_by("ig:steps=2", subject, rows_of_x(2, {2, 1}), background, 1);
  EXPECT_LE(std::abs(rough.base + sum_of(rough) - rough.answer), 0.01 * std::abs(rough.answer - rough.base));
  const Attribution fine = explained_by("ig:steps=2,most_steps=4096", subject, rows_of_x(2, {2, 1}), background, 1, 1e-4);
  EXPECT_LE(std::abs(fine.base + sum_of(fine) - fine.answer), 1e-4);
  EXPECT_GT(fine.figures.at("steps"), rough.figures.at("steps"));
  EXPECT_NEAR(fine.answer, subject.answers(rows_of_x(2, {2, 1}), 1)[0], 1e-6);
}

TEST(IntegratedGradientsMethod, SaysWhenTheStepsDoNotDo) {
  const Attribution made =
      explained_by("ig:steps=1,most_steps=1", Subject(relu_model()), rows_of_x(2, {3, -2}), background_of(rows_of_x(2, {-3, 3})), 1);
  EXPECT_THAT(made.notes, ::testing::Contains(::testing::HasSubstr("still off")));
}

TEST(IntegratedGradientsMethod, OfTokensGoesFromTheBackgroundsRowsOfTheTable) {
  const auto ids = [](std::vector<std::int64_t> values) { return Tensors{{"ids", Tensor({1, 3}, std::move(values))}}; };
  const Attribution made = explained_by("ig", Subject(token_model()), ids({1, 2, 3}), background_of(ids({0, 2, 1})));
  EXPECT_NEAR(made.values[0], 21, 1e-5);  // (1, 2) against (0, 0), times (1, 10)
  EXPECT_NEAR(made.values[1], 0, 1e-5);
  EXPECT_NEAR(made.values[2], 44, 1e-5);
}

}  // namespace upkeep::explain::by_gradient
