#include "base/format.hpp"

#include <gtest/gtest.h>

namespace upkeep {

TEST(Format, IsStdFormat) {
  const std::string word = "b";
  EXPECT_EQ(upkeep::format("{} {:>3} {:.2f} {:#x}", 1, word, 0.125, 255U), std::format("{} {:>3} {:.2f} {:#x}", 1, word, 0.125, 255U));
  EXPECT_EQ(upkeep::format("{{}}"), "{}");
}

}  // namespace upkeep
