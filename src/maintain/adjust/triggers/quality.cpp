// Fires when a metric is beyond its bound with confidence: the whole interval lies on the wrong side, so that a few unlucky labels start no
// training.
//
//   lower is better (mae):       low  > bound
//   higher is better (accuracy): high < bound

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/format.hpp"
#include "maintain/adjust/triggers/trigger.hpp"
#include "metrics/metric.hpp"

namespace upkeep::triggers {

struct QualityTrigger {
  std::string metric;
  std::optional<double> bound;
  std::int64_t min_labels = 50;
  std::string unknown = "unknown";
};

}  // namespace upkeep::triggers

namespace upkeep {

using triggers::QualityTrigger;

template <>
inline const Settings settings<QualityTrigger> =
    describe<QualityTrigger>("quality", "a metric's confidence interval lies beyond a bound",
                             field("metric", &QualityTrigger::metric, "a metric of `upkeep catalog metrics`"),
                             field("bound", &QualityTrigger::bound, "the worst value that is still good enough, in the metric's unit"),
                             field("min_labels", &QualityTrigger::min_labels, "labelled rows needed to judge", range(1, 1e9)),
                             unknown_field(&QualityTrigger::unknown));

}  // namespace upkeep

namespace upkeep::triggers {

static QualityTrigger checked_quality(const Json& values) {
  QualityTrigger options = parse<QualityTrigger>(values);
  if (options.metric.empty()) throw Error(ErrorCode::kInvalidArgument, "quality needs a metric", "metric: mae");
  if (!options.bound) throw Error(ErrorCode::kInvalidArgument, "quality needs a bound", "bound: 60");
  metrics::make(parse_named(options.metric));
  return options;
}

// Of the output whose answers the metric fits; nullptr: it was measured of none.
static const Quality* quality_with(const MonitorReport& report, const std::string& metric) {
  const auto has = [&](const Quality& one) { return std::ranges::contains(one.metrics, metric, &Estimate::metric); };
  if (report.quality && has(*report.quality)) return &*report.quality;
  const auto other = std::ranges::find_if(report.other_outputs, has);
  return other == report.other_outputs.end() ? nullptr : &*other;
}

static Decision decide_by_quality(const MonitorReport& report, const Json& values) {
  const QualityTrigger options = checked_quality(values);
  const Quality* quality = quality_with(report, options.metric);
  const std::int64_t labelled = quality ? quality->labelled : report.quality ? report.quality->labelled : 0;
  Decision decision{
      .evidence = {{"metric", options.metric}, {"bound", *options.bound}, {"labelled", labelled}, {"min_labels", options.min_labels}}};
  if (labelled < options.min_labels)
    return cannot_tell(
        decision, upkeep::format("{}: not enough evidence, {} labelled rows of {} needed", options.metric, labelled, options.min_labels),
        options.unknown);
  if (!quality)
    return cannot_tell(decision, upkeep::format("{} fits the answers of no output that has labels", options.metric), options.unknown);
  const Estimate& now = find(quality->metrics, options.metric);
  decision.yes = now.higher_is_better ? now.high < *options.bound : now.low > *options.bound;
  decision.evidence["estimate"] = to_json(now);
  decision.evidence["confidence"] = quality->confidence;
  decision.reason = upkeep::format("{} on {} labelled rows is {}beyond the bound {:g}", to_text(now), labelled, decision.yes ? "" : "not ",
                                   *options.bound);
  if (std::isnan(now.value) || std::isnan(now.low) || std::isnan(now.high))
    return cannot_tell(
        decision,
        upkeep::format("{} cannot be told of {} labelled rows{}{}", options.metric, labelled, now.unknown.empty() ? "" : ": ", now.unknown),
        options.unknown);
  return decision;
}

void add_quality(TriggerCatalog& catalog) {
  catalog.add(
      {.name = "quality",
       .help = settings<QualityTrigger>.help(),
       .settings = settings<QualityTrigger>,
       .prepare = [](const Json& values, MonitorOptions& options) { options.more_metrics.push_back(checked_quality(values).metric); },
       .decide = decide_by_quality});
}

}  // namespace upkeep::triggers
