#include "explain/game_testing.hpp"

namespace upkeep::explain {

TEST(PartitionShap, IsExactForLinearModelsAndProducts) {
  expect_linear_values("partition-shap", 1e-6);
  expect_product_values("partition-shap", 1e-6);
}

// Of a b c with the row (2, 3, 5) against zeros and the groups {a, b} and {c}: the pair adds 0 without c and 30 with it, c the same, so
// each side has 15, and a and b half of that each.
TEST(PartitionShap, IsTheOwenValueOfTheGroups) {
  const auto product = model_of("product (float[N, 3] x) => (float[N, 1] y) { y = ReduceProd <axes = [1], keepdims = 1> (x) }");
  const Tensors row{{"x", Tensor({1, 3}, std::vector<float>{2, 3, 5})}}, zeros{{"x", Tensor::full<float>({1, 3}, 0)}};
  const Asked asked(product, row, background_of(zeros));
  EXPECT_THAT(asked.by("partition-shap:groups=['x[0]|x[1]']").values, testing::ElementsAre(7.5, 7.5, 15));
  EXPECT_THAT(asked.by("partition-shap:groups=['x[0]|x[2]']").values, testing::ElementsAre(7.5, 15, 7.5));
}

TEST(PartitionShap, JoinsFeaturesThatAreCorrelated) {
  const auto product = model_of("product (float[N, 3] x) => (float[N, 1] y) { y = ReduceProd <axes = [1], keepdims = 1> (x) }");
  const Tensors others{{"x", Tensor({4, 3}, std::vector<float>{1, 0, 1, -1, 0.1f, -1, 1, 0.1f, 1, -1, 0, -1})}};
  const Tensors row{{"x", Tensor({1, 3}, std::vector<float>{2, 3, 5})}};
  const Asked asked(product, row, background_of(others));
  EXPECT_EQ(asked.by("partition-shap").values, asked.by("partition-shap:groups=['x[0]|x[2]']").values);
  EXPECT_NE(asked.by("partition-shap").values, asked.by("partition-shap:hierarchy=order").values);
}

TEST(PartitionShap, AddsUpForTenThousandFeaturesWithASmallBudget) {
  const auto mean = model_of("mean (float[N, 10000] x) => (float[N, 1] y) { y = ReduceMean <axes = [1], keepdims = 1> (x) }");
  const Asked asked(mean, normal_rows(1, 10'000, 1), background_of(normal_rows(3, 10'000, 2)), {.most_evaluations = 200});
  const Attribution made = asked.by("partition-shap");
  EXPECT_NEAR(made.base + sum_of(made.values), made.answer, 1e-9);
  EXPECT_LE(asked.subject.evaluations(), 200);
  EXPECT_THAT(made.notes, testing::Contains(testing::HasSubstr("not split")));
}

}  // namespace upkeep::explain
