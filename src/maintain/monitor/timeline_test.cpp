#include "maintain/monitor/timeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maintain/monitor/log_testing.hpp"

namespace upkeep {
namespace {

using testing_logs::kSecond;
using testing_logs::Row;

constexpr std::int64_t kHour = 3600 * kSecond;

JoinedLog log_at(const std::vector<std::int64_t>& times) {
  std::vector<Row> rows;
  for (const std::int64_t time : times) rows.push_back({.request = std::to_string(time), .time_us = time, .outputs = {1}});
  return join_labels(testing_logs::predictions(rows), {});
}

std::vector<std::int64_t> all(const JoinedLog& log) {
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; row < log.rows(); ++row) rows.push_back(row);
  return rows;
}

TEST(Timeline, CutsAtFullHoursAndKeepsEmptyOnes) {
  const JoinedLog log = log_at({kHour / 2, kHour - 1, 2 * kHour});
  const std::vector<Period> timeline = timeline_of(log, all(log), period_length("hour"), nullptr, {});
  ASSERT_EQ(timeline.size(), 3U);
  EXPECT_EQ(timeline[0].rows, 2);
  EXPECT_EQ(timeline[1].rows, 0);
  EXPECT_EQ(timeline[2].rows, 1);
  EXPECT_EQ(to_iso8601(timeline[2].begin).substr(0, 19), "1970-01-01T02:00:00");
}

TEST(Timeline, BeginsWeeksOnMondays) {
  const JoinedLog log = log_at({4 * 24 * kHour - 1, 4 * 24 * kHour});  // Sunday, the 4th, and Monday, the 5th of January 1970
  const std::vector<Period> timeline = timeline_of(log, all(log), period_length("week"), nullptr, {});
  ASSERT_EQ(timeline.size(), 2U);
  EXPECT_EQ(to_iso8601(timeline[1].begin).substr(0, 10), "1970-01-05");
}

TEST(Timeline, KnowsItsPeriods) { EXPECT_THROW(period_length("month"), Error); }

}  // namespace
}  // namespace upkeep
