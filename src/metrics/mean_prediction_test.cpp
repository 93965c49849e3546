#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(MeanPrediction, IsKerass) {
  EXPECT_NEAR(value_of("mean", regression()), 0.27458333969116211, kFloat32);
  EXPECT_NEAR(value_of("mean", regression(), true), 0.27561649680137634, kFloat32);
}

TEST(SumOfPredictions, IsKerass) {
  EXPECT_NEAR(value_of("sum", regression()), 41.1875, 41.2 * kFloat32);
  EXPECT_NEAR(value_of("sum", regression(), true), 30.38671875, 30.4 * kFloat32);
}

TEST(MeanPrediction, Merges) {
  expect_mergeable("mean", regression());
  expect_mergeable("sum", regression());
}

}  // namespace
}  // namespace upkeep::metrics
