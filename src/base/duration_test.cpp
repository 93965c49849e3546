#include "base/duration.hpp"

#include <gtest/gtest.h>

#include "upkeep/error.hpp"

namespace upkeep {
namespace {

TEST(Duration, ReadsANumberAndItsUnit) {
  using namespace std::chrono_literals;
  EXPECT_EQ(duration_from_text("90d"), 2160h);
  EXPECT_EQ(duration_from_text("1h"), 60min);
  EXPECT_EQ(duration_from_text("30m"), 1800s);
  EXPECT_EQ(duration_from_text("45s"), 45s);
  EXPECT_EQ(duration_from_text("2w"), 336h);
  EXPECT_EQ(duration_from_text("0"), 0s);
}

TEST(Duration, RefusesWhatCouldMeanSeveralThings) {
  for (const char* text : {"", "90", "d", "1 h", "1.5h", "-1h", "1y", "1hour", "99999999999999d", "h1"})
    EXPECT_THROW(duration_from_text(text), Error) << text;
}

}  // namespace
}  // namespace upkeep
