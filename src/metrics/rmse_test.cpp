#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(RootMeanSquaredError, IsKerassWithAndWithoutWeights) {
  EXPECT_NEAR(value_of("rmse", regression()), 1.5804500579833984, 2.5 * kFloat32);
  EXPECT_NEAR(value_of("rmse", regression(), true), 1.5689269304275513, 2.5 * kFloat32);
}

TEST(RootMeanSquaredError, OfTwoRowsByHand) {
  const auto metric = metric_of("rmse");
  metric->add(Tensor(Shape{2, 2}, std::vector<float>{1, 2, 3, 4}), Tensor(Shape{2, 2}, std::vector<float>{1.5, 1, 5, 4}),
              std::vector<float>{1, 3});
  EXPECT_DOUBLE_EQ(metric->value(), std::sqrt((0.625 + 3 * 2.0) / 4));
}

TEST(RootMeanSquaredError, Merges) { expect_mergeable("rmse", regression()); }

TEST(RootMeanSquaredError, IsNanWhereAPredictionIs) {
  const auto metric = metric_of("rmse");
  metric->add(Tensor(Shape{1}, std::vector<float>{std::nanf("")}), Tensor(Shape{1}, std::vector<float>{0}));
  EXPECT_TRUE(std::isnan(metric->value()));
}

}  // namespace
}  // namespace upkeep::metrics
