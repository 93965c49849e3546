#include "base/some_of.hpp"

#include <gtest/gtest.h>

namespace upkeep {

TEST(SomeOf, NamesTheFirstAndCountsTheOthers) {
  EXPECT_EQ(some_of({"a", "b", "c"}, 3), "a, b, c");
  EXPECT_EQ(some_of({"a", "b", "c", "d"}, 2), "a, b and 2 more");
  EXPECT_EQ(some_of({"a", "b", "c"}, 2, "; "), "a; b and 1 more");
  EXPECT_EQ(some_of({}), "");
}

}  // namespace upkeep
