#include "optimize/quantize/shared/observed.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <numeric>

namespace upkeep::quantization {

TEST(Observed, CountsEachValueOnceWhileTheRangeGrows) {
  Observed seen;
  seen.add(std::vector<float>{0.1F, -0.2F, 0, 0.3F});
  seen.add(std::vector<float>{50, -1000, 0.01F});
  EXPECT_EQ(std::accumulate(seen.counts.begin(), seen.counts.end(), std::uint64_t{0}), 6U);  // the 0 needs no bin
  EXPECT_EQ(seen.reach, 1024);
  EXPECT_EQ(seen.low, -1000);
  EXPECT_NEAR(seen.quantile(1), 50, 1);
  EXPECT_NEAR(seen.quantile(0), -1000, 1);
}

TEST(Observed, TellsWhatIsNotFiniteApart) {
  Observed seen;
  seen.add(std::vector<float>{1, std::numeric_limits<float>::infinity(), std::nanf(""), -2});
  EXPECT_EQ(seen.not_finite, 2U);
  EXPECT_EQ(seen.low, -2);
  EXPECT_EQ(seen.high, 1);
}

TEST(Observed, MeansOfChannels) {
  Observed seen;
  seen.add_channels(std::vector<float>{1, 3, 10, 30, 5, 7, 50, 70}, 2, 2);
  EXPECT_EQ(seen.channel_mean(0), 4);
  EXPECT_EQ(seen.channel_mean(1), 40);
}

}  // namespace upkeep::quantization
