// A log period by period: what drifted and how good the answers were, hour by hour, day by day or week by week.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "maintain/monitor/feature_drift.hpp"
#include "maintain/monitor/quality.hpp"

namespace upkeep {

struct Period {
  TimePoint begin{};
  TimePoint end{};
  std::int64_t rows = 0;  // of the log
  std::int64_t labelled = 0;
  std::vector<FeatureDrift> features;
  std::vector<Estimate> metrics;
};
Json to_json(const std::vector<Period>& timeline);

// "hour", "day", "week". Throws Error{kInvalidArgument} with the candidates.
std::chrono::seconds period_length(std::string_view name);

// Periods begin at full hours, at midnight, and on Mondays (UTC); those without rows stay. `rows`: of the log, in order of time.
std::vector<Period> timeline_of(const JoinedLog& log, const std::vector<std::int64_t>& rows, std::chrono::seconds length,
                                const std::function<DriftReport(const std::vector<std::int64_t>& rows)>& drift,
                                const QualityOptions& quality);

}  // namespace upkeep
