#include "optimize/quantize/calibrators/calibrator_testing.hpp"

namespace upkeep::calibrators {

// Of a normal distribution 0.005 % lie beyond 3.89 on each side.
TEST(Percentile, LeavesOneOutlierOut) {
  const ValueRange range = range_by("percentile", seen({normal_with_outlier()}));
  EXPECT_NEAR(range.high, 3.89, 0.4);
  EXPECT_NEAR(range.low, -3.89, 0.4);
}

}  // namespace upkeep::calibrators
