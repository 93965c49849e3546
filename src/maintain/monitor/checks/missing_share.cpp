// Values that are missing: everywhere, or more often than in the reference by more than chance and `max_growth`. Without a reference only
// what is missing everywhere can be told to be wrong, and what the model says may not be missing.

#include "base/format.hpp"
#include "maintain/monitor/checks/check.hpp"
#include "maintain/monitor/feature_drift.hpp"

namespace upkeep::checks {

struct MissingShare {
  double max_growth = 0.02;
};

}  // namespace upkeep::checks

template <>
inline const upkeep::Settings upkeep::settings<upkeep::checks::MissingShare> = upkeep::describe<upkeep::checks::MissingShare>(
    "missing-share", "values that are missing everywhere, or more often than in the reference",
    upkeep::field("max_growth", &upkeep::checks::MissingShare::max_growth, "more of the rows than in the reference", upkeep::range(0, 1)));

namespace upkeep::checks {

static Finding judge_missing(const Values& values, double max_growth) {
  const auto before = static_cast<double>(values.sides.reference_missing());
  const auto now = static_cast<double>(values.sides.current_missing());
  const auto n = static_cast<double>(values.reference_count());
  const auto m = static_cast<double>(values.current_count());
  Finding finding{.subject = values.name, .evidence = {{"missing", now}, {"rows", m}}};
  finding.text = upkeep::format("{}: {:.3g} % of {:.0f} values are missing", values.name, m > 0 ? 100 * now / m : 0.0, m);
  if (m < static_cast<double>(kLeastValues)) {
    finding.verdict = Verdict::kUnknown;
    return finding;
  }
  if (n < static_cast<double>(kLeastValues)) {
    finding.verdict = now == m ? Verdict::kAlarm : Verdict::kOk;
    return finding;
  }
  finding.text += upkeep::format(", {:.3g} % in the reference", 100 * before / n);
  const drift::Comparison comparison = compare_missing(before, n, now, m);
  finding.verdict = comparison.p_value.value_or(1) <= comparison.alpha && comparison.score >= max_growth ? Verdict::kAlarm : Verdict::kOk;
  if (before == n) finding.verdict = Verdict::kUnknown;
  return finding;
}

static std::vector<Finding> missing_share(const Facts& facts, const Json& values) {
  const MissingShare options = parse<MissingShare>(values);
  std::vector<Finding> findings;
  for (const std::vector<Values>* all : {&facts.features, &facts.outputs})
    for (const Values& one : *all) findings.push_back(judge_missing(one, options.max_growth));
  return findings;
}

void add_missing_share(CheckCatalog& catalog) {
  catalog.add({.name = "missing-share", .help = settings<MissingShare>.help(), .settings = settings<MissingShare>, .run = missing_share});
}

}  // namespace upkeep::checks
