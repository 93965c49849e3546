// A feature that has one value only, where the reference has several: a default that somebody filled in, or a sensor that stands still.
// The chance that m rows of the reference would all have its most frequent value, of share p, is p^m.

#include <algorithm>
#include <cmath>
#include <map>

#include "base/format.hpp"
#include "maintain/monitor/checks/check.hpp"

namespace upkeep::checks {

struct Constant {
  double alpha = 0.001;
};

}  // namespace upkeep::checks

template <>
inline const upkeep::Settings upkeep::settings<upkeep::checks::Constant> = upkeep::describe<upkeep::checks::Constant>(
    "constant", "features that have one value where the reference has several",
    upkeep::field("alpha", &upkeep::checks::Constant::alpha, "chance of a false alarm", upkeep::range(0, 1)));

namespace upkeep::checks {

static Finding judge_constant(const Values& values, double alpha) {
  const auto counts = [](const std::vector<double>& numbers, const std::vector<std::string>& words) {
    std::map<std::string, double> found;
    for (const double value : numbers)
      if (!std::isnan(value)) ++found[upkeep::format("{}", value)];
    for (const std::string& word : words)
      if (!word.empty()) ++found[word];
    return found;
  };
  const auto now = counts(values.sides.current_numbers, values.sides.current_words);
  const auto before = counts(values.sides.reference_numbers, values.sides.reference_words);
  double rows = 0;
  double reference_rows = 0;
  double most = 0;
  for (const auto& [value, count] : now) rows += count;
  for (const auto& [value, count] : before) {
    reference_rows += count;
    most = std::max(most, count);
  }
  Finding finding{.subject = values.name, .text = upkeep::format("{}: {} values on {:.0f} rows", values.name, now.size(), rows)};
  if (rows < static_cast<double>(kLeastValues) || reference_rows < static_cast<double>(kLeastValues)) {
    finding.verdict = Verdict::kUnknown;
    return finding;
  }
  if (now.size() > 1 || before.size() < 2) return finding;
  if (rows * std::log(most / reference_rows) > std::log(alpha)) return finding;
  finding.verdict = Verdict::kAlarm;
  finding.text =
      upkeep::format("{}: {:.0f} rows have the one value {}, the reference has {}", values.name, rows, now.begin()->first, before.size());
  finding.evidence = {{"value", now.begin()->first}, {"reference_values", before.size()}};
  return finding;
}

static std::vector<Finding> constant(const Facts& facts, const Json& values) {
  const Constant options = parse<Constant>(values);
  std::vector<Finding> findings;
  for (const Values& one : facts.features)
    if (one.reference_count() > 0) findings.push_back(judge_constant(one, options.alpha));
  return findings;
}

void add_constant(CheckCatalog& catalog) {
  catalog.add({.name = "constant", .help = settings<Constant>.help(), .settings = settings<Constant>, .run = constant});
}

}  // namespace upkeep::checks
