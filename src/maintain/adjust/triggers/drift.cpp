// Fires when enough features drifted by a measure. The measure's verdict already asks for significance, corrected for the number of
// features, and for an effect that matters.

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/format.hpp"
#include "base/names.hpp"
#include "maintain/adjust/triggers/trigger.hpp"

namespace upkeep::triggers {

struct DriftTrigger {
  std::int64_t features = 1;
  std::optional<double> share;
  std::string measure = "psi";
};

}  // namespace upkeep::triggers

namespace upkeep {

using triggers::DriftTrigger;

template <>
inline const Settings settings<DriftTrigger> = describe<DriftTrigger>(
    "drift", "features drifted from the reference", field("features", &DriftTrigger::features, "how many at least", range(1, 1e9)),
    field("share", &DriftTrigger::share, "at least this part of the features, instead of a number", range(0, 1, Ends::kOpenLeft)),
    field("measure", &DriftTrigger::measure, "one of `measures`, which the monitor computes"));

}  // namespace upkeep

namespace upkeep::triggers {

static void prepare(const Json& values, MonitorOptions& options) {
  const std::string wanted = drift::catalog().at(parse<DriftTrigger>(values).measure).name;
  const auto known = [](const NamedSettings& measure) { return drift::catalog().at(measure.name).name; };
  if (!std::ranges::contains(options.measures, wanted, known)) options.measures.push_back({wanted, Json::object()});
}

static Json scores(const DriftReport& report, std::string_view measure) {
  Json list = Json::array();
  for (const FeatureDrift& feature : report.features) {
    Json one = {{"feature", feature.name}};
    one.update(drift::to_json(feature.measure(measure)));
    list.push_back(std::move(one));
  }
  return list;
}

static Decision decide_by_drift(const MonitorReport& report, const Json& values) {
  const DriftTrigger options = parse<DriftTrigger>(values);
  const std::string measure = drift::catalog().at(options.measure).name;
  Decision decision{.evidence = {{"measure", measure}}};
  if (!report.drift || report.drift->features.empty()) {
    decision.reason = "drift: not enough evidence, nothing could be compared";
    return decision;
  }
  const auto total = std::ssize(report.drift->features);
  const std::int64_t needed =
      options.share ? static_cast<std::int64_t>(std::ceil(*options.share * static_cast<double>(total))) : options.features;
  std::vector<std::string> drifted;
  std::int64_t judged = 0;
  for (const FeatureDrift& feature : report.drift->features) {
    const drift::Verdict verdict = feature.measure(measure).verdict;
    judged += verdict != drift::Verdict::kNotEnoughEvidence;
    if (verdict == drift::Verdict::kDrifted) drifted.push_back(feature.name);
  }
  decision.yes = std::ssize(drifted) >= needed;
  decision.evidence.update({{"needed", needed},
                            {"drifted", drifted},
                            {"judged", judged},
                            {"population", report.drift->population},
                            {"correction", report.drift->correction},
                            {"reference_rows", report.drift->reference_rows},
                            {"current_rows", report.drift->current_rows},
                            {"scores", scores(*report.drift, measure)}});
  if (judged == 0) {
    decision.reason = upkeep::format("drift: not enough evidence, {} rows", report.drift->current_rows);
    return decision;
  }
  decision.reason = upkeep::format("{} of {} features drifted by {}{}{}; {} needed", drifted.size(), total, measure,
                                   drifted.empty() ? "" : ": ", join(drifted), needed);
  return decision;
}

void add_drift(TriggerCatalog& catalog) {
  catalog.add({.name = "drift",
               .help = settings<DriftTrigger>.help(),
               .settings = settings<DriftTrigger>,
               .prepare = prepare,
               .decide = decide_by_drift});
}

}  // namespace upkeep::triggers
