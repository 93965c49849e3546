// Fires when enough features drifted: by a measure, or because their values are missing. It cannot be told where too few features could be
// judged to rule that out. The measure's verdict already asks for significance, corrected for the number of
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
  std::string measure;
  std::string unknown = "unknown";
};

}  // namespace upkeep::triggers

namespace upkeep {

using triggers::DriftTrigger;

template <>
inline const Settings settings<DriftTrigger> = describe<DriftTrigger>(
    "drift", "features drifted from the reference", field("features", &DriftTrigger::features, "how many at least", range(1, 1e9)),
    field("share", &DriftTrigger::share, "at least this part of the features, instead of a number", range(0, 1, Ends::kOpenLeft)),
    field("measure", &DriftTrigger::measure, "one of `measures`; not given: any of them"), unknown_field(&DriftTrigger::unknown));

}  // namespace upkeep

namespace upkeep::triggers {

static void prepare(const Json& values, MonitorOptions& options) {
  const std::string measure = parse<DriftTrigger>(values).measure;
  if (measure.empty()) return;
  const std::string wanted = drift::catalog().at(measure).name;
  const auto known = [](const NamedSettings& one) { return drift::catalog().at(one.name).name; };
  if (!std::ranges::contains(options.measures, wanted, known)) options.measures.push_back({wanted, Json::object()});
}

static Json scores(const DriftReport& report, const std::string& measure) {
  Json list = Json::array();
  for (const FeatureDrift& feature : report.features) {
    for (const auto& [name, comparison] : feature.measures) {
      if (!measure.empty() && name != measure) continue;
      Json one = {{"feature", feature.name}, {"measure", name}};
      one.update(drift::to_json(comparison));
      list.push_back(std::move(one));
    }
    if (feature.missing.verdict != drift::Verdict::kDrifted) continue;
    Json one = {{"feature", feature.name}, {"measure", "missing"}};
    one.update(drift::to_json(feature.missing));
    list.push_back(std::move(one));
  }
  return list;
}

// A feature that a measure does not take (categories, for one of numbers) is not asked for by it.
static bool is_asked(const FeatureDrift& feature, const std::string& measure) {
  return measure.empty() || feature.find_measure(measure) || feature.missing.verdict == drift::Verdict::kDrifted;
}

static Decision decide_by_drift(const MonitorReport& report, const Json& values) {
  const DriftTrigger options = parse<DriftTrigger>(values);
  const std::string measure = options.measure.empty() ? "" : drift::catalog().at(options.measure).name;
  const std::string by = measure.empty() ? "any measure" : measure;
  Decision decision{.evidence = {{"measure", by}}};
  if (!report.drift) return cannot_tell(decision, "drift: nothing could be compared", options.unknown);
  std::vector<std::string> drifted;
  std::vector<std::string> unknown = report.drift->missing;
  unknown.insert(unknown.end(), report.drift->unreferenced.begin(), report.drift->unreferenced.end());
  std::int64_t total = std::ssize(unknown);
  for (const FeatureDrift& feature : report.drift->features) {
    if (!is_asked(feature, measure)) continue;
    ++total;
    const drift::Verdict verdict = feature.verdict(measure);
    if (verdict == drift::Verdict::kDrifted) drifted.push_back(feature.name);
    if (verdict == drift::Verdict::kNotEnoughEvidence) unknown.push_back(feature.name);
  }
  const std::int64_t needed =
      options.share ? static_cast<std::int64_t>(std::ceil(*options.share * static_cast<double>(total))) : options.features;
  decision.yes = total > 0 && std::ssize(drifted) >= needed;
  decision.evidence.update({{"needed", needed},
                            {"drifted", drifted},
                            {"unknown", unknown},
                            {"judged", total - std::ssize(unknown)},
                            {"population", report.drift->population},
                            {"correction", report.drift->correction},
                            {"reference_rows", report.drift->reference_rows},
                            {"current_rows", report.drift->current_rows},
                            {"scores", scores(*report.drift, measure)}});
  decision.reason = upkeep::format("{} of {} features drifted by {}{}{}; {} needed", drifted.size(), total, by, drifted.empty() ? "" : ": ",
                                   join(drifted), needed);
  if (total == 0) return cannot_tell(decision, upkeep::format("drift: no feature could be compared by {}", by), options.unknown);
  if (decision.yes || std::ssize(drifted) + std::ssize(unknown) < needed) return decision;
  return cannot_tell(
      decision, upkeep::format("{}, and not enough evidence of {} ({} rows)", decision.reason, join(unknown), report.drift->current_rows),
      options.unknown);
}

void add_drift(TriggerCatalog& catalog) {
  catalog.add({.name = "drift",
               .help = settings<DriftTrigger>.help(),
               .settings = settings<DriftTrigger>,
               .prepare = prepare,
               .decide = decide_by_drift});
}

}  // namespace upkeep::triggers
