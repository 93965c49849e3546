#include "maintain/monitor/traffic.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <string_view>
#include <unordered_set>

#include "analyze/report.hpp"
#include "base/json.hpp"

namespace upkeep {

namespace {

constexpr std::int64_t kBuckets = 60;
constexpr std::size_t kErrors = 20;

double nearest_rank(const std::vector<std::int64_t>& sorted, double q) {
  if (sorted.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size())));
  return static_cast<double>(sorted[std::max<std::size_t>(rank, 1) - 1]);
}

// The first row of each request among `rows`, which are in order of time. A request is one id at one time: a retry under the same id counts
// again.
std::vector<std::int64_t> requests_of(const JoinedLog& log, const std::vector<std::int64_t>& rows) {
  const std::vector<std::string>& ids = log.predictions.column("request_id").strings();
  const auto time = [&](std::size_t i) { return log.times[static_cast<std::size_t>(rows[i])]; };
  std::vector<std::int64_t> requests;
  std::unordered_set<std::string_view> seen;  // of one time
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool fresh = i == 0 || time(i) != time(i - 1);
    if (fresh) seen.clear();
    const bool alone = fresh && (i + 1 == rows.size() || time(i) != time(i + 1));
    if (alone || seen.insert(ids[static_cast<std::size_t>(rows[i])]).second) requests.push_back(rows[i]);
  }
  return requests;
}

TrafficCounts count(const JoinedLog& log, const std::vector<std::int64_t>& latencies, const std::vector<std::int64_t>& rows) {
  TrafficCounts counts{.rows = static_cast<std::int64_t>(rows.size())};
  std::vector<std::int64_t> answered;
  for (const std::int64_t row : requests_of(log, rows)) {
    ++counts.requests;
    if (log.failed(row)) ++counts.failed;
    else if (!latencies.empty()) answered.push_back(latencies[static_cast<std::size_t>(row)]);
  }
  std::ranges::sort(answered);
  counts.latency = {.p50_us = nearest_rank(answered, 0.5), .p95_us = nearest_rank(answered, 0.95), .p99_us = nearest_rank(answered, 0.99)};
  return counts;
}

std::vector<std::pair<std::string, std::int64_t>> count_errors(const JoinedLog& log, const std::vector<std::int64_t>& rows) {
  std::map<std::string, std::int64_t> counts;
  for (const std::int64_t row : requests_of(log, rows))
    if (log.failed(row)) ++counts[log.predictions.column("error").strings()[static_cast<std::size_t>(row)]];
  std::vector<std::pair<std::string, std::int64_t>> errors(counts.begin(), counts.end());
  std::ranges::stable_sort(errors, std::greater(), [](const auto& error) { return error.second; });
  if (errors.size() > kErrors) errors.resize(kErrors);
  return errors;
}

Json counts_json(const TrafficCounts& counts) {
  return {{"requests", counts.requests},
          {"rows", counts.rows},
          {"failed", counts.failed},
          {"latency_us",
           {{"p50", report::finite_or_null(counts.latency.p50_us)},
            {"p95", report::finite_or_null(counts.latency.p95_us)},
            {"p99", report::finite_or_null(counts.latency.p99_us)}}}};
}

}  // namespace

Traffic measure_traffic(const JoinedLog& log) {
  Traffic traffic;
  if (log.rows() == 0) return traffic;
  std::vector<std::int64_t> rows(log.times.size());
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  const bool measured = log.predictions.has("latency_us");  // by whoever wrote the log
  const std::vector<std::int64_t> latencies = measured ? integers(log.predictions.column("latency_us")) : std::vector<std::int64_t>();
  traffic.all = count(log, latencies, rows);
  traffic.first = TimePoint(std::chrono::microseconds(log.times.front()));
  traffic.last = TimePoint(std::chrono::microseconds(log.times.back()));

  std::map<std::int64_t, std::vector<std::int64_t>> by_version;
  for (const std::int64_t row : rows) by_version[log.versions[static_cast<std::size_t>(row)]].push_back(row);
  for (const auto& [version, its] : by_version) traffic.versions.emplace_back(version, count(log, latencies, its));

  traffic.version_names = log.version_names;

  traffic.bucket = window_length(traffic.first, traffic.last, kBuckets);
  for (const Window& window : windows_by_time(log.times, rows, traffic.bucket))
    traffic.buckets.emplace_back(window.begin, count(log, latencies, window.rows));
  traffic.errors = count_errors(log, rows);
  return traffic;
}

Json to_json(const Traffic& traffic) {
  Json json = counts_json(traffic.all);
  const bool any = traffic.all.rows > 0;
  json["first"] = any ? Json(to_iso8601(traffic.first)) : Json(nullptr);
  json["last"] = any ? Json(to_iso8601(traffic.last)) : Json(nullptr);
  json["versions"] = Json::array();
  for (const auto& [version, counts] : traffic.versions) {
    json["versions"].push_back({{"version", version_json(version, traffic.version_names)}});
    json["versions"].back().update(counts_json(counts));
  }
  json["bucket_seconds"] = traffic.bucket.count();
  json["buckets"] = Json::array();
  for (const auto& [begin, counts] : traffic.buckets) {
    json["buckets"].push_back({{"begin", to_iso8601(begin)}});
    json["buckets"].back().update(counts_json(counts));
  }
  json["errors"] = Json::array();
  for (const auto& [message, requests] : traffic.errors) json["errors"].push_back({{"message", message}, {"requests", requests}});
  return json;
}

}  // namespace upkeep
