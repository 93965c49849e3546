#include "optimize/quantize/calibrators/calibrator_testing.hpp"

namespace upkeep::calibrators {

TEST(MovingAverage, FollowsTheEndsOfEachBatchByATenth) {
  const ValueRange range = range_by("moving-average", seen({{-1, 2}, {-2, 12}, {-2, 3}}));
  EXPECT_NEAR(range.high, (2 + 0.1 * 10) + 0.1 * (3 - 3), 1e-12);
  EXPECT_NEAR(range.low, -1.1 + 0.1 * (-2 + 1.1), 1e-12);
}

}  // namespace upkeep::calibrators
