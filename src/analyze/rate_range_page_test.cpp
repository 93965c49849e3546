#include "analyze/rate_range_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep {

using testing::HasSubstr;
using testing::Not;

TEST(RateRangePage, ShowsTheSuggestionAndWarnsWhenTheLossFellNowhere) {
  RateRange range{.rates = {0.001, 0.01}, .losses = {2, 1}, .smoothed = {2, 1.5}, .lowest_at = 0.01, .steepest_at = 0.002};
  range.suggestion = 0.001;
  range.falls = true;
  range.ended = "the highest rate was reached";
  const std::string good = rate_range_page("net.yaml", range);
  EXPECT_THAT(good, HasSubstr("0.001"));
  EXPECT_THAT(good, HasSubstr("\"log_x\":true"));
  EXPECT_THAT(good, HasSubstr("\"mark\":0.001"));
  EXPECT_THAT(good, HasSubstr("\"log_y\":false"));
  EXPECT_THAT(good, Not(HasSubstr("Try a wider range")));
  range.losses[0] = 1e6;  // on a linear axis nothing else would be seen
  EXPECT_THAT(rate_range_page("net.yaml", range), HasSubstr("\"log_y\":true"));
  range.falls = false;
  EXPECT_THAT(rate_range_page("net.yaml", range), HasSubstr("Try a wider range"));
}

}  // namespace upkeep
