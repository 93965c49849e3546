#include "operate/values.hpp"

#include "operate/watching.hpp"

namespace upkeep::operate {

namespace {

Verdict verdict_of(drift::Verdict verdict) {
  switch (verdict) {
    case drift::Verdict::kStable: return Verdict::kOk;
    case drift::Verdict::kDrifted: return Verdict::kAlarm;
    default: return Verdict::kUnknown;
  }
}

Verdict verdict_of(checks::Verdict verdict) {
  switch (verdict) {
    case checks::Verdict::kOk: return Verdict::kOk;
    case checks::Verdict::kAlarm: return Verdict::kAlarm;
    default: return Verdict::kUnknown;
  }
}

Health health_of(const MonitorReport& report) {
  switch (report.health()) {
    case upkeep::Health::kOk: return Health::kOk;
    case upkeep::Health::kAlarm: return Health::kAlarm;
    default: return Health::kUnknown;
  }
}

std::vector<Measured> values_of(const std::vector<Estimate>& estimates) {
  std::vector<Measured> values;
  for (const Estimate& one : estimates)
    values.push_back(
        {.metric = one.metric, .value = one.value, .low = one.low, .high = one.high, .higher_is_better = one.higher_is_better});
  return values;
}

std::vector<Drift> values_of(const std::vector<FeatureDrift>& features) {
  std::vector<Drift> values;
  for (const FeatureDrift& feature : features) {
    Drift one{.name = feature.name,
              .kind = feature.kind,
              .verdict = verdict_of(feature.verdict({})),
              .missing_before = feature.missing_reference,
              .missing_now = feature.missing_current,
              .measures = {}};
    for (const auto& [name, comparison] : feature.measures)
      one.measures.push_back({.name = name,
                              .score = comparison.score,
                              .threshold = comparison.threshold,
                              .p_value = comparison.p_value,
                              .verdict = verdict_of(comparison.verdict)});
    values.push_back(std::move(one));
  }
  return values;
}

Quality value_of(const upkeep::Quality& quality) {
  Quality value{.output = quality.output,
                .answered = quality.answered,
                .labelled = quality.labelled,
                .metrics = values_of(quality.metrics),
                .versions = {},
                .reference = values_of(quality.reference)};
  for (const auto& [version, window] : quality.versions)
    value.versions.emplace_back(version_text(version, quality.version_names), values_of(window.metrics));
  return value;
}

Traffic value_of(const TrafficCounts& counts) {
  return {.requests = counts.requests,
          .rows = counts.rows,
          .failed = counts.failed,
          .latency = {.p50_us = counts.latency.p50_us, .p95_us = counts.latency.p95_us, .p99_us = counts.latency.p99_us}};
}

}  // namespace

Report value_of(const MonitorReport& report) {
  Report value{.model = report.name,
               .version = report.version,
               .rows = report.rows,
               .first = report.first,
               .last = report.last,
               .health = health_of(report),
               .alarms = report.alarms,
               .unknown = report.unknown,
               .notes = report.notes,
               .traffic = value_of(report.traffic.all),
               .json = to_json(report).dump(2),
               .summary = summary(report),
               .page = monitor_page(report)};
  if (report.drift) {
    value.features = values_of(report.drift->features);
    value.predictions = values_of(report.drift->predictions);
  }
  for (const checks::Finding& finding : report.checks)
    value.checks.push_back(
        {.check = finding.check, .subject = finding.subject, .verdict = verdict_of(finding.verdict), .text = finding.text});
  if (report.quality) value.quality.push_back(value_of(*report.quality));
  for (const upkeep::Quality& other : report.other_outputs) value.quality.push_back(value_of(other));
  for (const upkeep::Period& period : report.timeline)
    value.timeline.push_back({.begin = period.begin,
                              .end = period.end,
                              .rows = period.rows,
                              .labelled = period.labelled,
                              .features = values_of(period.features),
                              .metrics = values_of(period.metrics)});
  return value;
}

Report monitor(const MonitorOptions& options) { return value_of(watch(options)); }

}  // namespace upkeep::operate
