#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(BinaryAccuracy, IsKerassWithThresholdAndWeights) {
  EXPECT_NEAR(value_of("binary_accuracy", yes_or_no()), 0.8050000071525574, kFloat32);
  EXPECT_NEAR(value_of("binary_accuracy:threshold=0.7", yes_or_no(), true), 0.75, kFloat32);
}

TEST(BinaryAccuracy, CountsAPredictionAtTheThresholdAsNo) {
  const auto metric = metric_of("binary_accuracy");
  metric->add(Tensor(Shape{2}, std::vector<float>{0.5F, 0.50001F}), Tensor(Shape{2}, std::vector<float>{0, 1}));
  EXPECT_EQ(metric->value(), 1);
}

TEST(BinaryAccuracy, AveragesTheElementsOfARow) {
  const auto metric = metric_of("binary_accuracy");
  metric->add(Tensor(Shape{1, 4}, std::vector<float>{1, 1, 0, 0}), Tensor(Shape{1, 4}, std::vector<float>{1, 0, 0, 0}));
  EXPECT_EQ(metric->value(), 0.75);
}

TEST(BinaryAccuracy, Merges) { expect_mergeable("binary_accuracy", yes_or_no()); }

TEST(BinaryAccuracy, IsAShareOfEffectiveTrials) {
  const auto metric = metric_of("binary_accuracy");
  metric->add(Tensor(Shape{2}, std::vector<float>{1, 0}), Tensor(Shape{2}, std::vector<float>{1, 1}), std::vector<float>{3, 1});
  ASSERT_TRUE(metric->proportion());
  EXPECT_DOUBLE_EQ(metric->proportion()->trials, 1.6) << "(3 + 1)^2 / (3^2 + 1^2)";
  EXPECT_DOUBLE_EQ(metric->proportion()->hits, 1.6 * 0.75);
}

}  // namespace
}  // namespace upkeep::metrics
