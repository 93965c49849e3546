#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(KlDivergence, IsKerass) {
  EXPECT_NEAR(value_of("kl_divergence", classes()), 1.3250606060028076, 1.3 * kFloat32);
  EXPECT_NEAR(value_of("kl_divergence", classes(), true), 1.2005561590194702, 1.2 * kFloat32);
}

TEST(PoissonLikelihood, IsKerass) {
  EXPECT_NEAR(value_of("poisson", classes()), 0.76095068454742432, kFloat32);
  EXPECT_NEAR(value_of("poisson", classes(), true), 0.72891777753829956, kFloat32);
}

TEST(KlDivergence, Merges) {
  expect_mergeable("kl_divergence", classes());
  expect_mergeable("poisson", classes());
}

}  // namespace
}  // namespace upkeep::metrics
