#include "maintain/gauges.hpp"

#include <algorithm>
#include <cmath>

#include "base/format.hpp"

namespace upkeep {

namespace {

std::string in_quotes(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\\' || c == '"') safe += '\\';
    if (c == '\n') safe += "\\n";
    else safe += c;
  }
  return "\"" + safe + "\"";
}

class GaugeText {
 public:
  explicit GaugeText(const MaintainResult& result)
      : model_(upkeep::format("model={},alias={},version=\"{}\"", in_quotes(result.model), in_quotes(result.alias), result.version)) {}

  void name(std::string_view name, std::string_view help) {
    name_ = name;
    text_ += upkeep::format("# HELP {} {}\n# TYPE {} gauge\n", name, help, name);
  }
  void add(double value, const std::string& labels = "") {
    if (std::isnan(value)) return;
    const std::string number = std::isinf(value) ? (value > 0 ? "+Inf" : "-Inf") : upkeep::format("{}", value);
    text_ += upkeep::format("{}{{{}{}{}}} {}\n", name_, model_, labels.empty() ? "" : ",", labels, number);
  }
  std::string text() { return std::move(text_); }

 private:
  std::string model_;
  std::string name_;
  std::string text_;
};

void add_drift(GaugeText& gauges, const DriftReport& drift) {
  gauges.name("upkeep_features_drifted", "features that drifted from the reference");
  gauges.add(static_cast<double>(std::ranges::count_if(drift.features, &FeatureDrift::drifted)));
  gauges.name("upkeep_drift_score", "distance of a feature from the reference");
  for (const FeatureDrift& feature : drift.features)
    for (const auto& [measure, comparison] : feature.measures)
      gauges.add(comparison.score, upkeep::format("feature={},measure={}", in_quotes(feature.name), in_quotes(measure)));
  gauges.name("upkeep_missing_share", "share of a feature's values that are missing");
  for (const FeatureDrift& feature : drift.features)
    gauges.add(feature.missing_current, upkeep::format("feature={}", in_quotes(feature.name)));
}

void add_quality(GaugeText& gauges, const Quality& quality, TimePoint now) {
  gauges.name("upkeep_labelled_rows", "answers that have a label");
  gauges.add(static_cast<double>(quality.labelled));
  const auto add = [&](std::string_view name, std::string_view help, double Estimate::* value) {
    gauges.name(name, help);
    for (const Estimate& one : quality.metrics) gauges.add(one.*value, upkeep::format("metric={}", in_quotes(one.metric)));
  };
  add("upkeep_quality", "metric of answers and labels", &Estimate::value);
  add("upkeep_quality_low", "lower end of its interval", &Estimate::low);
  add("upkeep_quality_high", "upper end of its interval", &Estimate::high);
  if (quality.windows.empty()) return;
  gauges.name("upkeep_label_staleness_seconds", "age of the newest answer that has a label");
  gauges.add(std::chrono::duration<double>(now - quality.windows.back().end).count());
}

}  // namespace

std::string prometheus_gauges(const MaintainResult& result, TimePoint now) {
  const MonitorReport& report = result.report;
  GaugeText gauges(result);
  gauges.name("upkeep_health", "0 ok, 1 unknown, 2 alarm");
  gauges.add(static_cast<double>(report.health()));
  gauges.name("upkeep_unknown_facts", "what the monitor could not tell");
  gauges.add(static_cast<double>(report.unknown.size()));
  gauges.name("upkeep_check_alarms", "checks of data and labels that alarm");
  gauges.add(static_cast<double>(std::ranges::count(report.checks, checks::Verdict::kAlarm, &checks::Finding::verdict)));
  if (report.drift) add_drift(gauges, *report.drift);
  if (report.quality) add_quality(gauges, *report.quality, now);
  gauges.name("upkeep_last_pass_timestamp_seconds", "when maintenance last looked");
  gauges.add(std::chrono::duration<double>(now.time_since_epoch()).count());
  return gauges.text();
}

}  // namespace upkeep
