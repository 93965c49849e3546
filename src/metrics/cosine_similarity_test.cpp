#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(CosineSimilarity, IsKerass) {
  EXPECT_NEAR(value_of("cosine_similarity", regression()), 0.38150975108146667, kFloat32);
  EXPECT_NEAR(value_of("cosine_similarity", regression(), true), 0.39893195033073425, kFloat32);
}

TEST(CosineSimilarity, Merges) { expect_mergeable("cosine_similarity", regression()); }

TEST(CosineSimilarity, IsZeroOfAVectorOfZeros) {
  const auto metric = metric_of("cosine_similarity");
  metric->add(Tensor(Shape{1, 2}, std::vector<float>{0, 0}), Tensor(Shape{1, 2}, std::vector<float>{1, 2}));
  EXPECT_EQ(metric->value(), 0);
}

}  // namespace
}  // namespace upkeep::metrics
