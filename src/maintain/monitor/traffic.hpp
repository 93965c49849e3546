// Traffic: how much was asked, how much failed, how long answers took; in all, by version and over time.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "maintain/monitor/window.hpp"

namespace upkeep {

// Of requests that were answered without an error; nearest rank (the smallest value that at least q of the requests do not exceed). NaN
// when none was.
struct Latency {
  double p50_us = std::numeric_limits<double>::quiet_NaN();
  double p95_us = std::numeric_limits<double>::quiet_NaN();
  double p99_us = std::numeric_limits<double>::quiet_NaN();
};

struct TrafficCounts {
  std::int64_t requests = 0;
  std::int64_t rows = 0;    // of all batches
  std::int64_t failed = 0;  // requests answered with an error
  Latency latency;
};

struct Traffic {
  TrafficCounts all;
  TimePoint first{};  // of the first and the last request; the epoch when there was none
  TimePoint last{};
  std::vector<std::pair<std::int64_t, TrafficCounts>> versions;  // ascending
  VersionNames version_names = {};
  std::chrono::seconds bucket{0};                            // length of each
  std::vector<std::pair<TimePoint, TrafficCounts>> buckets;  // by begin; empty ones included
  std::vector<std::pair<std::string, std::int64_t>> errors;  // message, requests; most frequent first, at most 20
};

Traffic measure_traffic(const JoinedLog& log);
Json to_json(const Traffic& traffic);

}  // namespace upkeep
