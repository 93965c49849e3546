#include "optimize/quantize/calibrators/calibrator_testing.hpp"

namespace upkeep::calibrators {

TEST(Mse, IsNoWorseThanAnyOtherEndOfAGrid) {
  const std::vector<float> values = normal_with_outlier();
  const double found = squared_error(values, range_by("mse", seen({values}), 15), 15);
  for (double end = 0.5; end <= 100; end *= 1.1) EXPECT_LE(found, 1.1 * squared_error(values, {-end, end}, 15)) << end;
}

TEST(Mse, KeepsARangeOfOneSide) {
  EXPECT_EQ(range_by("mse", seen({{0, 0, 1, 2, 3, 4}})).low, 0);
  const ValueRange nothing = range_by("mse", seen({{0, 0}}));
  EXPECT_EQ(nothing.low, 0);
  EXPECT_EQ(nothing.high, 0);
}

}  // namespace upkeep::calibrators
