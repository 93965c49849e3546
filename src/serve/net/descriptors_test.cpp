#include "serve/net/descriptors.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace upkeep::serve {
namespace {

TEST(Descriptors, AQuarterIsKeptBackForFiles) {
  EXPECT_EQ(connections_within(256, 10'000), 192u);
  EXPECT_EQ(connections_within(1024, 10'000), 768u);
  EXPECT_EQ(connections_within(20'000, 10'000), 10'000u);
  EXPECT_EQ(connections_within(20'000, 50'000), 18'976u);
  EXPECT_EQ(connections_within(64, 10'000), 16u);
  EXPECT_EQ(connections_within(20, 10'000), 16u);
  EXPECT_EQ(connections_within(1024, 3), 3u);
}

TEST(Descriptors, TheSoftLimitIsRaisedToTheHardOne) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  if (before.rlim_max == RLIM_INFINITY) GTEST_SKIP() << "no hard limit here";
  const rlimit low{.rlim_cur = 128, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_descriptor_limit(), before.rlim_max);
}

}  // namespace
}  // namespace upkeep::serve
