#include "maintain/monitor/profiles.hpp"

#include <algorithm>
#include <cmath>

#include "data/sources/arrow_table.hpp"
#include "log/log_files.hpp"
#include "log/reader.hpp"
#include "maintain/monitor/reference_cells.hpp"
#include "maintain/monitor/timeline.hpp"

namespace upkeep {

namespace {

TimePoint instant(std::int64_t microseconds) { return TimePoint(std::chrono::microseconds(microseconds)); }

SegmentProfile without_columns(const SegmentProfile& profile) {
  SegmentProfile part = profile;
  part.columns.clear();
  return part;
}

void add_to(SegmentProfile& sum, const SegmentProfile& part) {
  sum.fingerprint = part.fingerprint;
  sum.merge(part);
}

class Gathering {
 public:
  Gathering(const ProfileQuery& query, const ReferenceProfile& reference) : query_(query), reference_(reference) {
    found_.judged = {.fingerprint = reference.fingerprint};
    for (const ColumnCells& cells : reference.columns) found_.judged.columns.push_back({.cells = std::vector<std::int64_t>(cells.size())});
  }

  void add(const LogFile& file) {
    ++found_.segments;
    const std::optional<SegmentProfile> profile = file.version ? read_profile(file.path, reference_.fingerprint) : std::nullopt;
    if (profile && is_whole(*profile)) return take(*profile, *file.version);
    ++found_.from_rows;
    add_rows(read_log_file(file, query_.model, {.since = query_.since, .until = query_.until, .version = {}, .columns = {}}));
  }

  LogProfiles take_all() { return std::move(found_); }

 private:
  bool is_whole(const SegmentProfile& profile) const {
    if (!reference_.fits(profile)) return false;
    const TimePoint first = instant(profile.first_us), last = instant(profile.last_us);
    if (first < query_.since || last > query_.until) return false;
    return query_.period.count() == 0 || period_begin(first, query_.period) == period_begin(last, query_.period);
  }

  void take(const SegmentProfile& profile, std::int64_t version) {
    if (profile.rows + profile.failed_rows == 0) return;
    const SegmentProfile counts = without_columns(profile);
    add_to(found_.traffic[version], counts);
    add_to(found_.days[std::chrono::floor<std::chrono::days>(instant(profile.first_us))], counts);
    if (query_.version && *query_.version != version) return;
    found_.judged.merge(profile);
    if (query_.period.count() > 0) add_to(found_.periods[period_begin(instant(profile.first_us), query_.period)], profile);
  }

  // The rows' features under the names that the cells have.
  Table named(const Table& rows) const {
    Table table = rows;
    if (!query_.signature || reference_.fits(rows)) return table;
    const FeatureNames names{.signature = query_.signature};
    const std::vector<FeatureColumn> wanted = match_features(empty_log(*query_.signature), names);
    for (const FeatureColumn& there : match_features(rows, names)) {
      const auto same = std::ranges::find(wanted, there.name, &FeatureColumn::name);
      if (same == wanted.end() || same->columns.empty() || !there.is_in(rows) || table.has(same->columns.front())) continue;
      table.add(same->columns.front(), logged_values(rows, there));
    }
    return table;
  }

  // Rows of one version and period at a time.
  void add_rows(const Table& read) {
    if (read.rows() == 0) return;
    const Table rows = named(read);
    const std::chrono::seconds part = query_.period.count() > 0 ? query_.period : std::chrono::seconds(std::chrono::days(1));
    std::map<std::pair<std::int64_t, TimePoint>, std::vector<std::int64_t>> parts;
    const std::vector<std::int64_t> times = integers(rows.column("time"));
    const std::vector<std::int64_t> versions = integers(rows.column("version"));
    for (std::size_t i = 0; i < times.size(); ++i)
      parts[{versions[i], period_begin(instant(times[i]), part)}].push_back(static_cast<std::int64_t>(i));
    for (const auto& [key, some] : parts) take(profile_of(rows.take(some), reference_), key.first);
  }

  const ProfileQuery& query_;
  const ReferenceProfile& reference_;
  LogProfiles found_;
};

double nearest_rank(const std::map<std::int32_t, std::int64_t>& latency, std::int64_t answered, double q) {
  const auto rank = static_cast<std::int64_t>(std::ceil(q * static_cast<double>(answered)));
  std::int64_t seen = 0;
  for (const auto& [cell, count] : latency)
    if ((seen += count) >= std::max<std::int64_t>(1, rank)) return latency_of(cell);
  return std::numeric_limits<double>::quiet_NaN();
}

TrafficCounts counts_of(const SegmentProfile& profile) {
  const std::int64_t answered = profile.requests - profile.failed;
  return {.requests = profile.requests,
          .rows = profile.rows + profile.failed_rows,
          .failed = profile.failed,
          .latency = {.p50_us = nearest_rank(profile.latency, answered, 0.5),
                      .p95_us = nearest_rank(profile.latency, answered, 0.95),
                      .p99_us = nearest_rank(profile.latency, answered, 0.99)}};
}

FileQuery files_of(const ProfileQuery& query) { return {.since = query.since, .until = query.until, .version = {}}; }

}  // namespace

TimePoint period_begin(TimePoint time, std::chrono::seconds period) {
  const std::chrono::microseconds length = period;
  const std::chrono::microseconds shift =
      period == std::chrono::days(7) ? std::chrono::days(4) : std::chrono::days(0);  // 1970-01-05 was a Monday
  const auto since = (time.time_since_epoch() - shift).count();
  const auto count = (since >= 0 ? since : since - length.count() + 1) / length.count();
  return TimePoint(count * length + shift);
}

bool has_more_rows(const ProfileQuery& query, std::int64_t rows) {
  return with_log_files(query.folder / query.model, LogKind::kPredictions, files_of(query), [&](const std::vector<LogFile>& files) {
    std::int64_t count = 0;
    for (const LogFile& file : files)
      if ((count += sources::summarize_parquet(file.path).rows) > rows) return true;
    return false;
  });
}

LogProfiles gather_profiles(const ProfileQuery& query, const ReferenceProfile& reference) {
  return with_log_files(query.folder / query.model, LogKind::kPredictions, files_of(query), [&](const std::vector<LogFile>& files) {
    Gathering gathering(query, reference);
    for (const LogFile& file : files) gathering.add(file);
    return gathering.take_all();
  });
}

Traffic traffic_of(const LogProfiles& profiles) {
  Traffic traffic;
  SegmentProfile all;
  for (const auto& [version, counts] : profiles.traffic) {
    add_to(all, counts);
    traffic.versions.emplace_back(version, counts_of(counts));
  }
  traffic.all = counts_of(all);
  if (profiles.days.empty()) return traffic;
  traffic.first = instant(all.first_us);
  traffic.last = instant(all.last_us);
  traffic.bucket = std::chrono::days(1);
  for (const auto& [day, counts] : profiles.days) traffic.buckets.emplace_back(day, counts_of(counts));
  return traffic;
}

}  // namespace upkeep
