#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(TopKCategoricalAccuracy, IsKerass) {
  EXPECT_NEAR(value_of("top_k_categorical_accuracy:k=2", classes()), 0.375, kFloat32);
  EXPECT_NEAR(value_of("top_k_categorical_accuracy:k=2", classes(), true), 0.35443037748336792, kFloat32);
  EXPECT_NEAR(value_of("top_k_categorical_accuracy:k=3", classes()), 0.57499998807907104, kFloat32);
  EXPECT_NEAR(value_of("top_k_categorical_accuracy:k=3", classes(), true), 0.56962025165557861, kFloat32);
}

TEST(SparseTopKCategoricalAccuracy, IsKerass) {
  EXPECT_NEAR(value_of("sparse_top_k_categorical_accuracy:k=2", class_indices()), 0.375, kFloat32);
  EXPECT_NEAR(value_of("sparse_top_k_categorical_accuracy:k=2", class_indices(), true), 0.35443037748336792, kFloat32);
}

TEST(TopKCategoricalAccuracy, IsAShareOfTrials) {
  const auto metric = metric_of("top_k_categorical_accuracy:k=2");
  metric->add(classes().predictions, classes().targets);
  EXPECT_DOUBLE_EQ(metric->proportion()->trials, 40);
  EXPECT_DOUBLE_EQ(metric->proportion()->hits, 15);
}

TEST(TopKCategoricalAccuracy, Merges) {
  expect_mergeable("top_k_categorical_accuracy:k=2", classes());
  expect_mergeable("sparse_top_k_categorical_accuracy:k=2", class_indices());
}

}  // namespace
}  // namespace upkeep::metrics
