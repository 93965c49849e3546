#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

TEST(Equality, CountsExactHits) {
  const auto metric = metric_of("equality");
  metric->add(Tensor(Shape{3, 1}, std::vector<float>{1, 2, 3}), Tensor(Shape{3, 1}, std::vector<float>{1, 2, 4}),
              std::vector<float>{1, 0.5f, 0.5f});
  EXPECT_DOUBLE_EQ(metric->value(), 0.75);
}

TEST(Equality, Merges) { expect_mergeable("equality", yes_or_no()); }

}  // namespace
}  // namespace upkeep::metrics
