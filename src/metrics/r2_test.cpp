#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(R2, IsKerassWithAndWithoutWeights) {
  EXPECT_NEAR(value_of("r2", regression()), -2.2845029830932617, 10 * kFloat32);
  EXPECT_NEAR(value_of("r2", regression(), true), -2.2578392028808594, 10 * kFloat32);
  EXPECT_NEAR(value_of("r2:class_aggregation=variance_weighted_average", regression()), -2.2804157733917236, 10 * kFloat32);
  EXPECT_NEAR(value_of("r2:class_aggregation=variance_weighted_average", regression(), true), -2.2638721466064453, 10 * kFloat32);
  EXPECT_NEAR(value_of("r2:num_regressors=5", regression()), -2.398548126220703, 10 * kFloat32);
  EXPECT_NEAR(value_of("r2:num_regressors=5", regression(), true), -2.3709585666656494, 10 * kFloat32);
}

TEST(R2, IsScikitLearnsToDoublePrecision) {
  EXPECT_NEAR(value_of("r2", regression()), -2.284502947201374, 1e-13);
  EXPECT_NEAR(value_of("r2", regression(), true), -2.2578392313982465, 1e-13);
}

TEST(R2, Merges) {
  expect_mergeable("r2", regression());
  expect_mergeable("r2:class_aggregation=variance_weighted_average,num_regressors=3", regression());
}

TEST(R2, KeepsItsDigitsWhenTheMeanIsLarge) {
  const auto metric = metric_of("r2");
  for (int batch = 0; batch < 100; ++batch)
    metric->add(Tensor(Shape{2}, std::vector<float>{8e6F, 8e6F + 1}), Tensor(Shape{2}, std::vector<float>{8e6F, 8e6F + 2}));
  EXPECT_NEAR(metric->value(), 0.5, 1e-12) << "1 - 1 / 2";
}

TEST(R2, OfEqualTargetsIsZeroOrUndefinedAsInKeras) {
  const Tensor ones = Tensor::full<float>({3, 1}, 1);
  const auto wrong = metric_of("r2");
  wrong->add(Tensor::full<float>({3, 1}, 0), ones);
  EXPECT_EQ(wrong->value(), 0);
  const auto right = metric_of("r2");
  right->add(ones, ones);
  EXPECT_TRUE(std::isnan(right->value()));
}

TEST(R2, RefusesImagesAndAChangingNumberOfColumns) {
  const auto metric = metric_of("r2");
  EXPECT_THROW(metric->add(Tensor::full<float>({2, 2, 2}, 0), Tensor::full<float>({2, 2, 2}, 0)), Error);
  metric->add(Tensor::full<float>({2, 2}, 0), Tensor::full<float>({2, 2}, 0));
  EXPECT_THROW(metric->add(Tensor::full<float>({2, 3}, 0), Tensor::full<float>({2, 3}, 0)), Error);
}

}  // namespace
}  // namespace upkeep::metrics
