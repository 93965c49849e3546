#include "optimize/quantize/calibrators/calibrator_testing.hpp"

namespace upkeep::calibrators {

TEST(Minmax, KeepsTheOutermostValuesOfAllBatches) {
  const ValueRange range = range_by("minmax", seen({{1, 2, -0.5F}, {100, 3}, {0, -7}}));
  EXPECT_EQ(range.low, -7);
  EXPECT_EQ(range.high, 100);
}

}  // namespace upkeep::calibrators
