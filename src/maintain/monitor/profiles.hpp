// The profiles of a log's segments, added up: all of a window, by version and by period.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "log/profile.hpp"
#include "maintain/monitor/traffic.hpp"

namespace upkeep {

struct ProfileQuery {
  std::filesystem::path folder;  // holds MODEL/
  std::string model;
  TimePoint since = TimePoint::min();  // both ends included
  TimePoint until = TimePoint::max();
  std::optional<std::int64_t> version;      // that is judged; traffic counts all
  std::chrono::seconds period{0};           // 0: no periods
  std::optional<Signature> signature = {};  // by which columns are found that a writer called otherwise
};

struct LogProfiles {
  SegmentProfile judged;                           // of the version that is judged
  std::map<std::int64_t, SegmentProfile> traffic;  // by version, without columns
  std::map<TimePoint, SegmentProfile> days;        // likewise, by day
  std::map<TimePoint, SegmentProfile> periods;     // of what is judged, by begin
  std::int64_t segments = 0;
  std::int64_t from_rows = 0;  // of them, whose profile is missing, of another reference, or reaches beyond the window or a period
};

// Whether the window has more than `rows` rows; opens no more files than that takes.
bool has_more_rows(const ProfileQuery& query, std::int64_t rows);

// Memory does not grow with the log: segments are read one by one.
LogProfiles gather_profiles(const ProfileQuery& query, const ReferenceProfile& reference);

// Requests and rows by version and day. A request is its row 0; latencies are within 2.2 %. What errors said is not in profiles.
Traffic traffic_of(const LogProfiles& profiles);

// The begin of the period that a time lies in: full hours, midnight, Mondays (UTC).
TimePoint period_begin(TimePoint time, std::chrono::seconds period);

}  // namespace upkeep
