#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(CategoricalAccuracy, IsKerassWithAndWithoutWeights) {
  EXPECT_NEAR(value_of("categorical_accuracy", classes()), 0.17499999701976776, kFloat32);
  EXPECT_NEAR(value_of("categorical_accuracy", classes(), true), 0.16455696523189545, kFloat32);
}

TEST(CategoricalAccuracy, CountsEveryPositionOfASequence) {
  const auto metric = metric_of("categorical_accuracy");
  metric->add(Tensor(Shape{1, 2, 2}, std::vector<float>{0.9F, 0.1F, 0.4F, 0.6F}), Tensor(Shape{1, 2, 2}, std::vector<float>{1, 0, 1, 0}));
  EXPECT_EQ(metric->value(), 0.5);
}

TEST(CategoricalAccuracy, Merges) { expect_mergeable("categorical_accuracy", classes()); }

}  // namespace
}  // namespace upkeep::metrics
