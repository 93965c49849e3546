#include "serve/access/limits.hpp"

#include <gtest/gtest.h>

namespace upkeep::serve {
namespace {

using namespace std::chrono_literals;

const CallerLimits::Time kBegin{1h};

TEST(CallerLimits, ARateLetsASecondThroughAtOnceThenEvenly) {
  CallerLimits limits;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limits.take("a", 5, 0, kBegin)) << i;
  const auto refused = limits.take("a", 5, 0, kBegin);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "5 requests per second");
  EXPECT_EQ(refused.error().retry_after_s, 1);
  EXPECT_TRUE(limits.take("b", 5, 0, kBegin));  // another caller
  EXPECT_TRUE(limits.take("a", 5, 0, kBegin + 200ms));
  EXPECT_FALSE(limits.take("a", 5, 0, kBegin + 300ms));
  int taken = 0;
  for (int i = 0; i < 1000; ++i) taken += limits.take("a", 5, 0, kBegin + 10s + i * 10ms).has_value();
  EXPECT_NEAR(taken, 5 + 5 * 10, 1);
}

TEST(CallerLimits, ALowRateSaysWhenToComeAgain) {
  CallerLimits limits;
  EXPECT_TRUE(limits.take("a", 0.1, 0, kBegin));
  EXPECT_EQ(limits.take("a", 0.1, 0, kBegin + 3s).error().retry_after_s, 7);
  EXPECT_TRUE(limits.take("a", 0.1, 0, kBegin + 10s));
}

TEST(CallerLimits, CountsWhatRuns) {
  CallerLimits limits;
  auto one = limits.take("a", 0, 2, kBegin), two = limits.take("a", 0, 2, kBegin);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(limits.take("a", 0, 2, kBegin).error().what, "2 requests at a time");
  one->reset();
  EXPECT_TRUE(limits.take("a", 0, 2, kBegin));
}

TEST(CallerLimits, ForgetsCallersThatStayAway) {
  CallerLimits limits;
  for (int i = 0; i < 30'000; ++i) EXPECT_TRUE(limits.take(std::to_string(i), 1, 0, kBegin + i * 10ms));  // five minutes
}

}  // namespace
}  // namespace upkeep::serve
