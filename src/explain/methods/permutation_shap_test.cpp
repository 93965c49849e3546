#include "explain/game_testing.hpp"

namespace upkeep::explain {

TEST(PermutationShap, IsExactForLinearModelsAndAddsUp) {
  expect_linear_values("permutation-shap", 1e-6);
  const Asked asked(network_model(), normal_rows(1, 12, 1), background_of(normal_rows(5, 12, 2)));
  const Attribution made = asked.by("permutation-shap");
  EXPECT_NEAR(made.base + sum_of(made.values), made.answer, 1e-9);
  EXPECT_EQ(made.figures.at("permutations"), 10);
}

TEST(PermutationShap, LiesWithinThreeStandardErrors) {
  const Asked asked(network_model(), normal_rows(1, 12, 1), background_of(normal_rows(5, 12, 2)));
  const std::vector<double> exact = asked.by("exact-shapley").values;
  const Attribution made = asked.by("permutation-shap:permutations=60", 4);
  for (std::size_t i = 0; i < exact.size(); ++i) EXPECT_NEAR(made.values[i], exact[i], 3 * made.standard_errors[i]);
  const double error = std::ranges::max(made.standard_errors) / 2;
  EXPECT_LE(std::ranges::max(asked.by("permutation-shap:permutations=60", 4, error).standard_errors), error);
}

TEST(PermutationShap, RunsNothingBeyondTheBudget) {
  const Asked asked(network_model(), normal_rows(1, 12, 1), background_of(normal_rows(5, 12, 2)), {.most_evaluations = 200});
  EXPECT_THAT(message_of([&] { asked.by("permutation-shap"); }), testing::HasSubstr("220 coalitions of 5 background rows"));
  EXPECT_EQ(asked.subject.evaluations(), 6);
}

}  // namespace upkeep::explain
