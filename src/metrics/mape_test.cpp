#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(PercentageError, IsKerass) {
  EXPECT_NEAR(value_of("mape", regression()), 4166787.25, 4166787.2 * kFloat32);
  EXPECT_NEAR(value_of("mape", regression(), true), 1700804.625, 1700804.6 * kFloat32);
}

TEST(SquaredLogarithmicError, IsKerass) {
  EXPECT_NEAR(value_of("msle", regression()), 0.55966818332672119, kFloat32);
  EXPECT_NEAR(value_of("msle", regression(), true), 0.55268257856369019, kFloat32);
}

TEST(LogCoshError, IsKerass) {
  EXPECT_NEAR(value_of("logcosh", regression()), 0.795654296875, kFloat32);
  EXPECT_NEAR(value_of("logcosh", regression(), true), 0.78918701410293579, kFloat32);
}

TEST(LogCoshError, DoesNotOverflow) {
  const auto metric = metric_of("logcosh");
  metric->add(Tensor(Shape{1}, std::vector<float>{1e4f}), Tensor(Shape{1}, std::vector<float>{0}));
  EXPECT_NEAR(metric->value(), 1e4 - std::log(2.0), 1e-9);
}

TEST(PercentageError, Merges) {
  expect_mergeable("mape", regression());
  expect_mergeable("msle", regression());
  expect_mergeable("logcosh", regression());
}

}  // namespace
}  // namespace upkeep::metrics
