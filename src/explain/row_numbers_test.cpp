#include "explain/row_numbers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace upkeep::explain {

TEST(Ranks, EqualValuesShareTheMeanOfTheirPlacesAndWhatIsMissingHasNone) {
  EXPECT_THAT(ranks({3, 1, 3, 2}), testing::ElementsAre(2.5, 0, 2.5, 1));
  const std::vector<double> gaps = ranks({2, std::numeric_limits<double>::quiet_NaN(), 1});
  EXPECT_EQ(gaps[0], 1);
  EXPECT_TRUE(std::isnan(gaps[1]));
  EXPECT_EQ(gaps[2], 0);
}

}  // namespace upkeep::explain
