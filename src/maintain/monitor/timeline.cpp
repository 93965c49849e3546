#include "maintain/monitor/timeline.hpp"

#include "base/names.hpp"

namespace upkeep {

namespace {

constexpr std::chrono::hours kDay{24};
constexpr std::chrono::hours kMonday = -3 * kDay;  // 1970 began on a Thursday

}  // namespace

std::chrono::seconds period_length(std::string_view name) {
  if (name == "hour") return std::chrono::hours(1);
  if (name == "day") return kDay;
  if (name == "week") return 7 * kDay;
  throw unknown_name("period", name, {"hour", "day", "week"});
}

std::vector<Period> timeline_of(const JoinedLog& log, const std::vector<std::int64_t>& rows, std::chrono::seconds length,
                                const std::function<DriftReport(const std::vector<std::int64_t>& rows)>& drift,
                                const QualityOptions& quality) {
  const std::chrono::microseconds shift = length == 7 * kDay ? std::chrono::microseconds(kMonday) : std::chrono::microseconds(0);
  std::vector<std::int64_t> times = log.times;
  for (std::int64_t& time : times) time -= shift.count();
  std::vector<Period> timeline;
  for (const Window& window : windows_by_time(times, rows, length)) {
    Period period{.begin = window.begin + shift, .end = window.end + shift, .rows = std::ssize(window.rows)};
    if (!window.rows.empty()) {
      if (drift) period.features = drift(window.rows).features;
      const Judged judged = judge(log, window.rows, quality.outputs);
      period.labelled = std::ssize(judged.rows);
      if (period.labelled > 0) period.metrics = estimate_judged(metrics_for(quality, judged.as), judged, quality.estimates);
    }
    timeline.push_back(std::move(period));
  }
  return timeline;
}

Json to_json(const std::vector<Period>& timeline) {
  Json list = Json::array();
  for (const Period& period : timeline) {
    Json one = {{"begin", to_iso8601(period.begin)}, {"end", to_iso8601(period.end)}, {"rows", period.rows},
                {"labelled", period.labelled},       {"features", Json::array()},     {"metrics", to_json(period.metrics)}};
    for (const FeatureDrift& feature : period.features) one["features"].push_back(to_json(feature));
    list.push_back(std::move(one));
  }
  return list;
}

}  // namespace upkeep
