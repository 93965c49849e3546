#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(SparseCategoricalAccuracy, IsKerassForTargetsOfBothRanks) {
  Sample sample = class_indices();
  EXPECT_NEAR(value_of("sparse_categorical_accuracy", sample), 0.17499999701976776, kFloat32);
  sample.targets = sample.targets.reshaped({40});
  EXPECT_NEAR(value_of("sparse_categorical_accuracy", sample, true), 0.16455696523189545, kFloat32);
}

TEST(SparseCategoricalAccuracy, CountsAnIndexThatIsNoClassAsAMiss) {
  const auto metric = metric_of("sparse_categorical_accuracy");
  metric->add(Tensor(Shape{2, 2}, std::vector<float>{0, 1, 1, 0}), Tensor(Shape{2, 1}, std::vector<std::int64_t>{1, 7}));
  EXPECT_EQ(metric->value(), 0.5);
}

TEST(SparseCategoricalAccuracy, Merges) { expect_mergeable("sparse_categorical_accuracy", class_indices()); }

}  // namespace
}  // namespace upkeep::metrics
