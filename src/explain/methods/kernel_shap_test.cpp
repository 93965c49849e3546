#include "explain/game_testing.hpp"

namespace upkeep::explain {

TEST(KernelShap, IsExactForLinearModelsAndProducts) {
  expect_linear_values("kernel-shap", 1e-6);
  expect_product_values("kernel-shap", 1e-6);
}

TEST(KernelShap, IsTheShapleyValueWhereAllCoalitionsAreAsked) {
  const Asked asked(network_model(), normal_rows(1, 12, 1), background_of(normal_rows(7, 12, 2)));
  const Attribution made = asked.by("kernel-shap:samples=4096");
  EXPECT_THAT(made.values, testing::Pointwise(testing::DoubleNear(1e-6), asked.by("exact-shapley").values));
  EXPECT_TRUE(made.standard_errors.empty());
}

// Over 60 seeds: the mean square of error / standard error is near 1, and the mean error near 0.
TEST(KernelShap, SaysHowFarSampledValuesAreFromTheShapleyValues) {
  const Asked asked(network_model(), normal_rows(1, 12, 1), background_of(normal_rows(4, 12, 2)));
  const std::vector<double> exact = asked.by("exact-shapley").values;
  double squares = 0, sum = 0, count = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Attribution made = asked.by("kernel-shap:samples=300", seed);
    EXPECT_NEAR(made.base + sum_of(made.values), made.answer, 1e-9);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      const double z = (made.values[i] - exact[i]) / made.standard_errors[i];
      squares += z * z;
      sum += z;
      ++count;
    }
  }
  EXPECT_GT(squares / count, 0.6);
  EXPECT_LT(squares / count, 1.5);
  EXPECT_LT(std::abs(sum / count), 0.25);
}

TEST(KernelShap, SamplesUntilTheErrorHoldsOrSaysThatItDoesNot) {
  const Asked asked(network_model(), normal_rows(1, 12, 1), background_of(normal_rows(4, 12, 2)));
  const Attribution coarse = asked.by("kernel-shap:samples=100", 3);
  const double error = std::ranges::max(coarse.standard_errors) / 2;
  const Attribution fine = asked.by("kernel-shap:samples=100", 3, error);
  EXPECT_LE(std::ranges::max(fine.standard_errors), error);
  EXPECT_TRUE(fine.notes.empty());
  const Attribution stopped = asked.by("kernel-shap:samples=100,most_samples=100", 3, error);
  EXPECT_THAT(stopped.notes, testing::Contains(testing::HasSubstr("was asked for")));
}

TEST(KernelShap, RefusesFewerSamplesThanDetermineTheValues) {
  const Asked asked(network_model(), normal_rows(1, 12, 1), background_of(normal_rows(2, 12, 2)));
  EXPECT_THAT(message_of([&] { asked.by("kernel-shap:samples=10"); }),
              testing::AllOf(testing::HasSubstr("24 samples at least"), testing::HasSubstr("partition-shap")));
}

TEST(KernelShap, RefusesTenThousandFeatures) {
  const auto mean = model_of("mean (float[N, 10000] x) => (float[N, 1] y) { y = ReduceMean <axes = [1], keepdims = 1> (x) }");
  const Asked asked(mean, normal_rows(1, 10'000, 1), background_of(normal_rows(2, 10'000, 2)));
  EXPECT_THAT(message_of([&] { asked.by("kernel-shap:samples=100"); }), testing::HasSubstr("partition-shap"));
}

}  // namespace upkeep::explain
