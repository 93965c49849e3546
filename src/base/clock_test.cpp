#include "base/clock.hpp"

#include <gtest/gtest.h>

#include "upkeep/error.hpp"

namespace upkeep {

TEST(Iso8601, WritesMicrosecondsInUtc) {
  EXPECT_EQ(to_iso8601(TimePoint(std::chrono::microseconds(0))), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_iso8601(TimePoint(std::chrono::microseconds(1'769'860'800'123'456))), "2026-01-31T12:00:00.123456Z");
}

TEST(Iso8601, ReadsWhatItWrites) {
  for (const std::int64_t microseconds :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{1'769'860'800'123'456}, std::int64_t{951'827'696'000'000}}) {
    const TimePoint time{std::chrono::microseconds(microseconds)};
    EXPECT_EQ(time_from_iso8601(to_iso8601(time)), time);
  }
  EXPECT_EQ(time_from_iso8601("2026-01-31"), time_from_iso8601("2026-01-31T00:00:00Z"));
  EXPECT_EQ(time_from_iso8601("2026-01-31T00:00:00.5Z") - time_from_iso8601("2026-01-31"), std::chrono::milliseconds(500));
}

TEST(Iso8601, ReadsAnyOffset) {
  const TimePoint noon = time_from_iso8601("2026-01-31T12:00:00Z");
  for (const char* text : {"2026-01-31T14:00:00+02:00", "2026-01-31T06:30:00-0530", "2026-01-31 13:00:00.000+01", "2026-01-31T12:00Z",
                           "2026-02-01T00:00:00+12:00", "2026-01-31t12:00:00z", "2026-01-31T12:00:00,0-00:00"})
    EXPECT_EQ(time_from_iso8601(text), noon) << text;
  EXPECT_EQ(time_from_iso8601("2026-01-31T12:00:00.123456789Z") - noon, std::chrono::microseconds(123456));
}

TEST(Iso8601, RefusesWhatIsNoTime) {
  for (const char* text : {"", "yesterday", "2026-02-30", "2026-01-31T25:00:00Z", "2026-01-31T12:00:00", "2026-01-31T12:00:00.Z",
                           "2026-1-31", "2026-01-31T12:00:00+1:00", "2026-01-31T12:00:00+24:00", "2026-01-31T12:00:00+01:60",
                           "2026-01-31T12:00:00Z+01:00", "2026-01-31T12Z", "2026-01-31T-1:00:00Z", "2026-01-31T12:00:00 Z"})
    EXPECT_THROW(time_from_iso8601(text), Error) << text;
}

TEST(ManualClock, StandsStillUntilTold) {
  ManualClock clock(TimePoint(std::chrono::seconds(5)));
  EXPECT_EQ(clock.now(), clock.now());
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(clock.now(), TimePoint(std::chrono::seconds(7)));
}

}  // namespace upkeep
