#include "optimize/quantize/calibrators/calibrator_testing.hpp"

namespace upkeep::calibrators {

TEST(Entropy, CutsAnOutlierOffAndKeepsTheRest) {
  const ValueRange range = range_by("entropy", seen({normal_with_outlier()}));
  EXPECT_LT(range.high, 50);
  EXPECT_GT(range.high, 2);
}

TEST(Entropy, KeepsUniformValuesWhole) {
  Random random(1);
  std::vector<float> values(50'000);
  random.fill_uniform(values);
  EXPECT_GT(range_by("entropy", seen({values})).high, 0.9);
}

}  // namespace upkeep::calibrators
