#include "base/commas.hpp"

#include <gmock/gmock.h>

namespace upkeep {

using testing::ElementsAre;

TEST(SplitAtCommas, LeavesBracketsAndQuotesWhole) {
  EXPECT_THAT(split_at_commas("a,[b,(c,d)],\"e,f\",'g,h',{i: 1, j: 2}"), ElementsAre("a", "[b,(c,d)]", "\"e,f\"", "'g,h'", "{i: 1, j: 2}"));
}

TEST(SplitAtCommas, KeepsEmptyParts) {
  EXPECT_THAT(split_at_commas(""), ElementsAre(""));
  EXPECT_THAT(split_at_commas("a,,b,"), ElementsAre("a", "", "b", ""));
}

}  // namespace upkeep
