// Fires when enough checks of the data and the labels alarm: values that are missing, another unit, labels of other rows.

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "maintain/adjust/triggers/trigger.hpp"

namespace upkeep::triggers {

struct ChecksTrigger {
  std::vector<std::string> checks;
  std::int64_t alarms = 1;
  std::string unknown = "unknown";
};

}  // namespace upkeep::triggers

namespace upkeep {

using triggers::ChecksTrigger;

template <>
inline const Settings settings<ChecksTrigger> = describe<ChecksTrigger>(
    "checks", "checks of the data and the labels alarm",
    field("checks", &ChecksTrigger::checks, "of `upkeep catalog maintain/monitor/checks`; none: all of them"),
    field("alarms", &ChecksTrigger::alarms, "how many alarms at least", range(1, 1e9)), unknown_field(&ChecksTrigger::unknown));

}  // namespace upkeep

namespace upkeep::triggers {

static Decision decide_by_checks(const MonitorReport& report, const Json& values) {
  const ChecksTrigger options = parse<ChecksTrigger>(values);
  Decision decision{.evidence = {{"needed", options.alarms}, {"alarms", Json::array()}}};
  std::int64_t asked = 0;
  std::int64_t unknown = 0;
  std::vector<std::string> alarms;
  for (const checks::Finding& finding : report.checks) {
    if (!options.checks.empty() && !std::ranges::contains(options.checks, finding.check)) continue;
    ++asked;
    unknown += finding.verdict == checks::Verdict::kUnknown;
    if (finding.verdict != checks::Verdict::kAlarm) continue;
    alarms.push_back(upkeep::format("{} ({})", finding.check, finding.text));
    decision.evidence["alarms"].push_back(checks::to_json(finding));
  }
  decision.evidence.update({{"asked", asked}, {"unknown", unknown}});
  decision.yes = std::ssize(alarms) >= options.alarms;
  decision.reason = upkeep::format("{} of {} checks alarm{}{}; {} needed", alarms.size(), asked, alarms.empty() ? "" : ": ",
                                   join(alarms, "; "), options.alarms);
  if (asked > unknown) return decision;
  return cannot_tell(decision, upkeep::format("checks: not enough evidence, {} of {} cannot be told", unknown, asked), options.unknown);
}

void add_checks(TriggerCatalog& catalog) {
  catalog.add({.name = "checks",
               .help = settings<ChecksTrigger>.help(),
               .settings = settings<ChecksTrigger>,
               .prepare =
                   [](const Json& values, MonitorOptions&) {
                     for (const std::string& name : parse<ChecksTrigger>(values).checks) checks::catalog().at(name);
                   },
               .decide = decide_by_checks});
}

}  // namespace upkeep::triggers
