// The monitor's report as a page: verdicts first, then quality, drift and traffic with their evidence.

#include <algorithm>
#include <cmath>
#include <map>

#include "analyze/learning_curves.hpp"
#include "base/format.hpp"
#include "maintain/monitor/monitor.hpp"

namespace upkeep {

namespace {

using report::Cell;
using report::Chart;
using report::ChartKind;
using report::number;
using report::Page;
using report::Series;
using report::Tile;
using report::Tone;

constexpr std::size_t kFeatureCharts = 24;  // most drifted first

Tone tone_of(drift::Verdict verdict) {
  switch (verdict) {
    case drift::Verdict::kStable: return Tone::kGood;
    case drift::Verdict::kDrifted: return Tone::kBad;
    case drift::Verdict::kNotEnoughEvidence: break;
  }
  return Tone::kWarning;
}

// Time of day where all lies within one, else the date too.
std::string clock_label(TimePoint time, std::chrono::microseconds span) {
  const std::string iso = to_iso8601(time);  // 2026-01-31T12:00:00.123456Z
  if (span < std::chrono::hours(24)) return iso.substr(11, 8);
  return upkeep::format("{} {}", iso.substr(0, 10), iso.substr(11, 5));
}

std::string minute(TimePoint time) {
  const std::string iso = to_iso8601(time);
  return upkeep::format("{} {}", iso.substr(0, 10), iso.substr(11, 8));
}

std::string interval(const Estimate& one) { return upkeep::format("{} to {}", number(one.low), number(one.high)); }

std::string milliseconds(double microseconds) {
  return std::isnan(microseconds) ? "n/a" : upkeep::format("{} ms", number(microseconds / 1000));
}

const Estimate* reference_of(const Quality& quality, const std::string& metric) {
  const auto found = std::ranges::find(quality.reference, metric, &Estimate::metric);
  return found == quality.reference.end() ? nullptr : &*found;
}

// Intervals that do not overlap are a difference; overlapping ones are no proof of equality, so nothing is called good.
Tone compared(const Estimate& now, const Estimate* reference) {
  if (!reference || std::isnan(now.low) || std::isnan(reference->low)) return Tone::kPlain;
  const bool worse = now.higher_is_better ? now.high < reference->low : now.low > reference->high;
  return worse ? Tone::kBad : Tone::kPlain;
}

std::vector<Tile> tiles_of(const MonitorReport& report) {
  const TrafficCounts& all = report.traffic.all;
  std::vector<Tile> tiles = {{.label = "requests",
                              .value = std::to_string(all.requests),
                              .note = upkeep::format("{} failed", all.failed),
                              .tone = all.failed > 0 ? Tone::kWarning : Tone::kPlain}};
  if (report.quality) {
    for (const Estimate& one : report.quality->metrics)
      tiles.push_back({.label = one.metric,
                       .value = number(one.value),
                       .note = interval(one),
                       .tone = compared(one, reference_of(*report.quality, one.metric))});
    for (const Quality& other : report.other_outputs)
      for (const Estimate& one : other.metrics)
        tiles.push_back({.label = upkeep::format("{}: {}", other.output, one.metric),
                         .value = number(one.value),
                         .note = interval(one),
                         .tone = compared(one, reference_of(other, one.metric))});
    tiles.push_back({.label = "labels",
                     .value = upkeep::format("{:.0f} %", 100 * report.quality->coverage()),
                     .note = upkeep::format("{} of {} rows", report.quality->labelled, report.quality->answered)});
  }
  if (report.drift) {
    const auto drifted = std::ranges::count_if(report.drift->features, &FeatureDrift::drifted);
    tiles.push_back({.label = "drifted features",
                     .value = upkeep::format("{} of {}", drifted, report.drift->features.size()),
                     .tone = drifted > 0 ? Tone::kBad : Tone::kPlain});
  }
  tiles.push_back({.label = "p99 latency",
                   .value = milliseconds(all.latency.p99_us),
                   .note = upkeep::format("p50 {}", milliseconds(all.latency.p50_us))});
  return tiles;
}

void add_verdicts(Page& page, const MonitorReport& report) {
  for (const std::string& alarm : report.alarms) page.notice(Tone::kBad, alarm);
  for (const std::string& unknown : report.unknown) page.notice(Tone::kWarning, "Not known: " + unknown);
  for (const std::string& note : report.notes) page.notice(Tone::kWarning, note);
}

Chart quality_chart(const Quality& quality, std::size_t metric, std::chrono::microseconds span) {
  const std::string& name = quality.metrics[metric].metric;
  Chart chart{.kind = ChartKind::kLine,
              .title = name + " over time",
              .note = upkeep::format("with {:g} % intervals", 100 * quality.confidence),
              .x_label = "from"};
  Series series{.name = name};
  for (const QualityWindow& window : quality.windows) {
    const Estimate& one = window.metrics[metric];
    chart.labels.push_back(clock_label(window.begin, span));
    series.y.push_back(one.value);
    series.low.push_back(one.low);
    series.high.push_back(one.high);
  }
  chart.series.push_back(std::move(series));
  if (const Estimate* reference = reference_of(quality, name); reference && std::isfinite(reference->value)) {
    chart.limit = reference->value;
    chart.limit_name = "reference";
  }
  return chart;
}

void add_quality(Page& page, const Quality& quality, bool named) {
  std::string introduction =
      upkeep::format("{} of {} answered rows have labels ({:.0f} %).", quality.labelled, quality.answered, 100 * quality.coverage());
  if (!std::isnan(quality.delay_p50_seconds))
    introduction += upkeep::format(" A label came after {} s (median; 95 % within {} s).", number(quality.delay_p50_seconds),
                                   number(quality.delay_p95_seconds));
  page.section(named ? upkeep::format("Quality of {}", quality.output) : "Quality", introduction);
  if (quality.labelled == 0) return;

  report::TableBlock table{.heading = {"rows of", "labelled rows"}};
  for (const Estimate& one : quality.metrics) table.heading.insert(table.heading.end(), {one.metric, "interval"});
  const auto add_row = [&](const std::string& of, std::int64_t rows, const std::vector<Estimate>& metrics) {
    std::vector<Cell> row{Cell(of), Cell(rows)};
    for (const Estimate& heading : quality.metrics) {
      const auto one = std::ranges::find(metrics, heading.metric, &Estimate::metric);
      if (one == metrics.end()) row.insert(row.end(), {Cell(""), Cell("")});
      else row.insert(row.end(), {Cell(one->value), Cell(interval(*one))});
    }
    table.rows.push_back(std::move(row));
  };
  for (const auto& [version, window] : quality.versions)
    add_row("version " + version_text(version, quality.version_names), window.rows, window.metrics);
  if (quality.versions.size() > 1) add_row("all versions", quality.labelled, quality.metrics);
  if (quality.reference_rows > 0) add_row("the reference", quality.reference_rows, quality.reference);
  page.table(table);

  std::vector<Chart> charts;
  const auto span = quality.windows.back().end - quality.windows.front().begin;
  for (std::size_t i = 0; i < quality.metrics.size(); ++i) charts.push_back(quality_chart(quality, i, span));
  page.charts(charts);
}

double worst_score(const FeatureDrift& feature) {
  double worst = -1;
  for (const auto& [name, one] : feature.measures)
    if (one.p_value && one.threshold > 0) worst = std::max(worst, one.score / one.threshold);
  return worst;
}

std::vector<FeatureDrift> worst_first(const DriftReport& drift) {
  std::vector<FeatureDrift> all = drift.features;
  std::ranges::stable_sort(all, [](const FeatureDrift& a, const FeatureDrift& b) {
    return std::pair(a.drifted(), worst_score(a)) > std::pair(b.drifted(), worst_score(b));
  });
  all.insert(all.begin(), drift.predictions.begin(), drift.predictions.end());
  return all;
}

Chart distribution_chart(const FeatureDrift& feature) {
  Chart chart{.kind = ChartKind::kBar, .title = feature.name, .y_label = "share, %", .labels = feature.bars.labels};
  for (const auto& [name, one] : feature.measures)
    chart.note += upkeep::format("{}{} {}, {}", chart.note.empty() ? "" : "; ", name, number(one.score), drift::to_string(one.verdict));
  chart.series = {{.name = "reference", .y = feature.bars.shares.at(0), .reference = true},
                  {.name = "current", .y = feature.bars.shares.at(1)}};
  return chart;
}

void add_drift(Page& page, const DriftReport& drift) {
  page.section("Distributions", upkeep::format("{} current rows against {} of the reference ({}); p-values are corrected for the number of "
                                               "features ({}). The distance must also be large "
                                               "enough to matter.",
                                               drift.current_rows, drift.reference_rows, drift.population, drift.correction));
  const std::vector<FeatureDrift> features = worst_first(drift);
  if (features.empty()) return;
  report::TableBlock table{.heading = {"feature"}};
  std::vector<std::string> measures;
  for (const FeatureDrift& feature : features)
    for (const auto& [name, one] : feature.measures)
      if (!std::ranges::contains(measures, name)) measures.push_back(name);
  for (const std::string& name : measures) table.heading.insert(table.heading.end(), {name, "p-value", "verdict"});
  table.heading.insert(table.heading.end(), {"missing before", "missing now"});
  for (const FeatureDrift& feature : features) {
    std::vector<Cell> row{Cell(feature.name)};
    for (const std::string& name : measures) {
      const drift::Comparison* one = feature.find_measure(name);
      if (one)
        row.insert(row.end(), {Cell(one->score), Cell(one->p_value.value_or(std::numeric_limits<double>::quiet_NaN())),
                               Cell(std::string(drift::to_string(one->verdict)), tone_of(one->verdict))});
      else row.insert(row.end(), {Cell(""), Cell(""), Cell("")});
    }
    row.emplace_back(upkeep::format("{:.1f} %", 100 * feature.missing_reference));
    row.emplace_back(upkeep::format("{:.1f} %", 100 * feature.missing_current),
                     feature.missing.verdict == drift::Verdict::kDrifted ? Tone::kBad : Tone::kPlain);
    table.rows.push_back(std::move(row));
  }
  page.table(table);
  std::vector<Chart> charts;
  for (const FeatureDrift& feature : features)
    if (charts.size() < kFeatureCharts && !feature.bars.labels.empty()) charts.push_back(distribution_chart(feature));
  page.charts(charts);
  if (features.size() > kFeatureCharts) page.text(upkeep::format("The {} most drifted of {} are drawn.", kFeatureCharts, features.size()));
}

void add_checks(Page& page, const std::vector<checks::Finding>& findings) {
  using checks::Verdict;
  const auto of = [&](Verdict verdict) { return std::ranges::count(findings, verdict, &checks::Finding::verdict); };
  page.section("Checks",
               upkeep::format("{} alarms, {} cannot be told, {} in order.", of(Verdict::kAlarm), of(Verdict::kUnknown), of(Verdict::kOk)));
  report::TableBlock table{.heading = {"check", "of", "verdict", "finding"}};
  for (const checks::Finding& finding : findings) {
    if (finding.verdict == Verdict::kOk) continue;
    const Tone tone = finding.verdict == Verdict::kAlarm ? Tone::kBad : Tone::kWarning;
    table.rows.push_back(
        {Cell(finding.check), Cell(finding.subject), Cell(std::string(to_string(finding.verdict)), tone), Cell(finding.text)});
  }
  if (!table.rows.empty()) page.table(table);
}

// Features down, periods across, those that drifted most often first; a cell has the worst distance in units of its threshold.
void add_timeline(Page& page, const std::vector<Period>& timeline) {
  constexpr std::size_t kShown = 31;
  const std::size_t from = timeline.size() > kShown ? timeline.size() - kShown : 0;
  page.section("Over time",
               upkeep::format("The last {} of {} periods. Each cell is the largest distance of the feature in units of its threshold: "
                              "from 1 on it drifted, where that is more than chance.",
                              timeline.size() - from, timeline.size()));
  report::TableBlock table{.heading = {"feature"}};
  std::map<std::string, std::int64_t> drifts;
  std::map<std::string, std::vector<Cell>> rows;
  for (std::size_t i = from; i < timeline.size(); ++i)
    for (const FeatureDrift& feature : timeline[i].features) drifts[feature.name] += feature.drifted();
  for (std::size_t i = from; i < timeline.size(); ++i) {
    table.heading.push_back(to_iso8601(timeline[i].begin).substr(5, 8));
    for (const auto& [name, count] : drifts) {
      const auto feature = std::ranges::find(timeline[i].features, name, &FeatureDrift::name);
      if (feature == timeline[i].features.end()) {
        rows[name].emplace_back("");
        continue;
      }
      const Tone tone = feature->drifted() ? Tone::kBad : feature->unknown() ? Tone::kWarning : Tone::kPlain;
      rows[name].emplace_back(feature->unknown() ? "?" : number(std::max(0.0, worst_score(*feature))), tone);
    }
  }
  std::vector<std::pair<std::string, std::int64_t>> order(drifts.begin(), drifts.end());
  std::ranges::stable_sort(order, std::greater(), &std::pair<std::string, std::int64_t>::second);
  for (const auto& [name, count] : order) {
    std::vector<Cell> row = {Cell(name)};
    row.insert(row.end(), rows[name].begin(), rows[name].end());
    table.rows.push_back(std::move(row));
  }
  if (!table.rows.empty()) page.table(table);
}

void add_traffic(Page& page, const Traffic& traffic) {
  page.section("Traffic");
  report::TableBlock table{.heading = {"version", "requests", "rows", "failed", "p50", "p95", "p99"}};
  for (const auto& [version, counts] : traffic.versions)
    table.rows.push_back({Cell(version_text(version, traffic.version_names)), Cell(counts.requests), Cell(counts.rows), Cell(counts.failed),
                          Cell(milliseconds(counts.latency.p50_us)), Cell(milliseconds(counts.latency.p95_us)),
                          Cell(milliseconds(counts.latency.p99_us))});
  page.table(table);
  Chart requests{.kind = ChartKind::kBar,
                 .title = "Requests over time",
                 .note = upkeep::format("per {} s", traffic.bucket.count()),
                 .y_label = "requests",
                 .series = {{.name = "requests"}}};
  Chart latency{.kind = ChartKind::kLine, .title = "Latency over time", .y_label = "ms", .series = {{.name = "p50"}, {.name = "p99"}}};
  if (traffic.all.failed > 0) requests.series.push_back({.name = "failed"});
  for (const auto& [begin, counts] : traffic.buckets) {
    requests.labels.push_back(clock_label(begin, traffic.last - traffic.first));
    requests.series[0].y.push_back(static_cast<double>(counts.requests));
    if (traffic.all.failed > 0) requests.series[1].y.push_back(static_cast<double>(counts.failed));
    latency.series[0].y.push_back(counts.latency.p50_us / 1000);
    latency.series[1].y.push_back(counts.latency.p99_us / 1000);
  }
  latency.labels = requests.labels;
  page.charts({requests, latency});
  if (traffic.errors.empty()) return;
  report::TableBlock errors{.heading = {"error", "requests"}};
  for (const auto& [message, count] : traffic.errors) errors.rows.push_back({Cell(message), Cell(count)});
  page.table(errors);
}

}  // namespace

void add_monitor(report::Page& page, const MonitorReport& report) {
  page.tiles(tiles_of(report));
  if (report.profiles) page.notice(report::Tone::kPlain, "Judged " + to_text(*report.profiles) + ".");
  add_verdicts(page, report);
  if (report.quality) add_quality(page, *report.quality, !report.other_outputs.empty());
  for (const Quality& other : report.other_outputs) add_quality(page, other, true);
  if (!report.checks.empty()) add_checks(page, report.checks);
  if (report.drift) add_drift(page, *report.drift);
  if (!report.timeline.empty()) add_timeline(page, report.timeline);
  if (report.traffic.all.rows > 0) add_traffic(page, report.traffic);
  if (report.training.epochs.empty()) return;
  page.section("Learning curves", "How this version was trained.");
  page.charts(learning_curves(report.training));
}

std::string monitor_page(const MonitorReport& report) {
  const std::string version = report.version ? upkeep::format(", version {}", *report.version) : "";
  const std::string when =
      report.rows > 0 ? upkeep::format("{} to {} UTC, {} rows", minute(report.first), minute(report.last), report.rows) : "";
  Page page(report.name + version, when);
  add_monitor(page, report);
  return page.html();
}

}  // namespace upkeep
