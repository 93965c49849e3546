#include "base/patterns.hpp"

#include <gtest/gtest.h>

namespace upkeep {

TEST(Patterns, AStarStandsForAnyRun) {
  EXPECT_TRUE(matches_pattern("dense_1/*", "dense_1/kernel"));
  EXPECT_TRUE(matches_pattern("*conv*", "block/conv_2"));
  EXPECT_TRUE(matches_pattern("**", ""));
  EXPECT_TRUE(matches_pattern("a*b*c", "a-bb-c"));
  EXPECT_FALSE(matches_pattern("dense", "dense_1"));
  EXPECT_FALSE(matches_pattern("*b", "abc"));
  EXPECT_FALSE(matches_pattern("", "a"));
}

}  // namespace upkeep
