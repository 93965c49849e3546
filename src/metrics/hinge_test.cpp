#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(Hinge, IsKerass) {
  EXPECT_NEAR(value_of("hinge", yes_or_no()), 0.78496092557907104, kFloat32);
  EXPECT_NEAR(value_of("hinge", yes_or_no(), true), 0.77390623092651367, kFloat32);
  EXPECT_NEAR(value_of("hinge", regression()), 0.72337889671325684, kFloat32);
  EXPECT_NEAR(value_of("hinge", regression(), true), 0.71533536911010742, kFloat32);
}

TEST(SquaredHinge, IsKerass) {
  EXPECT_NEAR(value_of("squared_hinge", yes_or_no()), 0.89266937971115112, kFloat32);
  EXPECT_NEAR(value_of("squared_hinge", yes_or_no(), true), 0.86708158254623413, kFloat32);
}

TEST(CategoricalHinge, IsKerass) {
  EXPECT_NEAR(value_of("categorical_hinge", classes()), 1.3226562738418579, 1.3 * kFloat32);
  EXPECT_NEAR(value_of("categorical_hinge", classes(), true), 1.3326740264892578, 1.3 * kFloat32);
}

TEST(Hinge, Merges) {
  expect_mergeable("hinge", yes_or_no());
  expect_mergeable("squared_hinge", yes_or_no());
  expect_mergeable("categorical_hinge", classes());
}

}  // namespace
}  // namespace upkeep::metrics
