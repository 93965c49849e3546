#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(PearsonCorrelation, IsKerass) {
  EXPECT_NEAR(value_of("pearson_correlation", regression()), 0.01630035787820816, kFloat32);
  EXPECT_NEAR(value_of("pearson_correlation", regression(), true), 0.068823620676994324, kFloat32);
}

TEST(ConcordanceCorrelation, IsKerass) {
  EXPECT_NEAR(value_of("concordance_correlation", regression()), -0.0039169094525277615, kFloat32);
  EXPECT_NEAR(value_of("concordance_correlation", regression(), true), 0.011630486696958542, kFloat32);
}

TEST(PearsonCorrelation, IsOneAlongALine) {
  const auto metric = metric_of("pearson_correlation");
  metric->add(Tensor(Shape{2, 3}, std::vector<float>{1, 2, 4, 4, 2, 1}), Tensor(Shape{2, 3}, std::vector<float>{3, 5, 9, 1, 3, 4}));
  EXPECT_NEAR(metric->value(), 0, 1e-15);  // 1 and -1
}

TEST(PearsonCorrelation, Merges) {
  expect_mergeable("pearson_correlation", regression());
  expect_mergeable("concordance_correlation", regression());
}

}  // namespace
}  // namespace upkeep::metrics
