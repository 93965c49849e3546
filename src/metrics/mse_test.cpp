#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(MeanSquaredError, IsKerassWithAndWithoutWeights) {
  EXPECT_NEAR(value_of("mse", regression()), 2.4978222846984863, 2.5 * kFloat32);
  EXPECT_NEAR(value_of("mse", regression(), true), 2.461531639099121, 2.5 * kFloat32);
}

TEST(MeanSquaredError, OfTwoRowsByHand) {
  const auto metric = metric_of("mse");
  metric->add(Tensor(Shape{2, 2}, std::vector<float>{1, 2, 3, 4}), Tensor(Shape{2, 2}, std::vector<float>{1.5, 1, 5, 4}),
              std::vector<float>{1, 3});
  EXPECT_DOUBLE_EQ(metric->value(), (0.625 + 3 * 2.0) / 4);
}

TEST(MeanSquaredError, Merges) { expect_mergeable("mse", regression()); }

TEST(MeanSquaredError, IsNanWhereAPredictionIs) {
  const auto metric = metric_of("mse");
  metric->add(Tensor(Shape{1}, std::vector<float>{std::nanf("")}), Tensor(Shape{1}, std::vector<float>{0}));
  EXPECT_TRUE(std::isnan(metric->value()));
}

}  // namespace
}  // namespace upkeep::metrics
