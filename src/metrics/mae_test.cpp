#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(MeanAbsoluteError, IsKerassWithAndWithoutWeights) {
  EXPECT_NEAR(value_of("mae", regression()), 1.3197916746139526, 2.5 * kFloat32);
  EXPECT_NEAR(value_of("mae", regression(), true), 1.3106930255889893, 2.5 * kFloat32);
}

TEST(MeanAbsoluteError, OfTwoRowsByHand) {
  const auto metric = metric_of("mae");
  metric->add(Tensor(Shape{2, 2}, std::vector<float>{1, 2, 3, 4}), Tensor(Shape{2, 2}, std::vector<float>{1.5, 1, 5, 4}),
              std::vector<float>{1, 3});
  EXPECT_DOUBLE_EQ(metric->value(), (0.75 + 3 * 1.0) / 4);
}

TEST(MeanAbsoluteError, Merges) { expect_mergeable("mae", regression()); }

TEST(MeanAbsoluteError, IsNanWhereAPredictionIs) {
  const auto metric = metric_of("mae");
  metric->add(Tensor(Shape{1}, std::vector<float>{std::nanf("")}), Tensor(Shape{1}, std::vector<float>{0}));
  EXPECT_TRUE(std::isnan(metric->value()));
}

}  // namespace
}  // namespace upkeep::metrics
