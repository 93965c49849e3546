#include "maintain/monitor/checks/check.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "analyze/report.hpp"
#include "base/cores.hpp"
#include "base/format.hpp"
#include "maintain/monitor/drift/drift.hpp"

namespace upkeep::checks {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk: return "ok";
    case Verdict::kAlarm: return "alarm";
    case Verdict::kUnknown: break;
  }
  return "unknown";
}

Json to_json(const Finding& finding) {
  return {{"check", finding.check},
          {"subject", finding.subject},
          {"verdict", to_string(finding.verdict)},
          {"text", finding.text},
          {"evidence", finding.evidence}};
}

std::vector<Finding> run_those(const Facts& facts, Reads reads) {
  std::vector<const CheckEntry*> entries;
  for (const CheckEntry& entry : catalog())
    if (entry.reads == reads) entries.push_back(&entry);
  std::vector<std::vector<Finding>> each(entries.size());
  in_parallel(entries.size(), [&](std::size_t i) {
    each[i] = entries[i]->run(facts, Json::object());
    for (Finding& finding : each[i]) finding.check = entries[i]->name;
  });
  std::vector<Finding> found;
  for (std::vector<Finding>& some : each) std::ranges::move(some, std::back_inserter(found));
  return found;
}

void put_alarms_first(std::vector<Finding>& findings) {
  const auto rank = [](const Finding& one) { return one.verdict == Verdict::kAlarm ? 0 : one.verdict == Verdict::kUnknown ? 1 : 2; };
  std::ranges::stable_sort(findings, {}, [&](const Finding& one) { return std::pair(rank(one), one.check); });
}

std::vector<Finding> run_all(const Facts& facts) {
  std::vector<Finding> all;
  for (const Reads reads : {Reads::kCounts, Reads::kRows, Reads::kLabels})
    std::ranges::move(run_those(facts, reads), std::back_inserter(all));
  put_alarms_first(all);
  return all;
}

namespace {

Finding too_few(const Values& values, std::int64_t reference, std::int64_t current) {
  return {.subject = values.name,
          .verdict = Verdict::kUnknown,
          .text = upkeep::format("{}: {} reference and {} current values; {} of each are needed", values.name, reference, current,
                                 kLeastValues)};
}

// A change of unit: current = factor x reference + offset.
struct UnitChange {
  std::string_view name;
  double factor;
  double offset;
};

constexpr std::array kUnits = {UnitChange{"degrees Celsius became Fahrenheit", 1.8, 32},
                               UnitChange{"degrees Fahrenheit became Celsius", 1 / 1.8, -32 / 1.8},
                               UnitChange{"degrees Celsius became kelvin", 1, 273.15},
                               UnitChange{"kelvin became degrees Celsius", 1, -273.15},
                               UnitChange{"10 times as large", 10, 0},
                               UnitChange{"a tenth", 0.1, 0},
                               UnitChange{"100 times as large (a share became per cent)", 100, 0},
                               UnitChange{"a hundredth (per cent became a share)", 0.01, 0},
                               UnitChange{"1000 times as large", 1e3, 0},
                               UnitChange{"a thousandth", 1e-3, 0},
                               UnitChange{"a million times as large", 1e6, 0},
                               UnitChange{"a millionth", 1e-6, 0},
                               UnitChange{"60 times as large (hours became minutes, or minutes seconds)", 60, 0},
                               UnitChange{"a sixtieth (seconds became minutes, or minutes hours)", 1.0 / 60, 0},
                               UnitChange{"3600 times as large (hours became seconds)", 3600, 0},
                               UnitChange{"1/3600 (seconds became hours)", 1.0 / 3600, 0},
                               UnitChange{"inches became centimetres", 2.54, 0},
                               UnitChange{"centimetres became inches", 1 / 2.54, 0},
                               UnitChange{"feet became metres", 0.3048, 0},
                               UnitChange{"metres became feet", 1 / 0.3048, 0},
                               UnitChange{"pounds became kilograms", 0.45359237, 0},
                               UnitChange{"kilograms became pounds", 1 / 0.45359237, 0},
                               UnitChange{"miles became kilometres", 1.609344, 0},
                               UnitChange{"kilometres became miles", 1 / 1.609344, 0}};

// Nineteen quantiles, 5 % to 95 %.
std::vector<double> quantiles(std::span<const double> sorted) {
  std::vector<double> values;
  for (int i = 1; i < 20; ++i) values.push_back(sorted[sorted.size() * static_cast<std::size_t>(i) / 20]);
  return values;
}

// The mean distance of the current quantiles from what the change makes of the reference's, in spreads of the latter.
double misfit(const std::vector<double>& before, const std::vector<double>& after, double factor, double offset) {
  double sum = 0;
  for (std::size_t i = 0; i < before.size(); ++i) sum += std::abs(after[i] - (factor * before[i] + offset));
  const double spread = std::abs(factor) * (before.back() - before.front());
  return spread > 0 ? sum / static_cast<double>(before.size()) / spread : std::numeric_limits<double>::infinity();
}

// Quantiles of heavy tails scatter, distribution functions do not: they must differ as they stand, and much less after the change. Gaps are
// in units of what equal distributions reach: 1.95 is exceeded once in a thousand.
bool is_explained(const Sample& before, const Sample& after, const UnitChange& change) {
  constexpr double kOnceInAThousand = 1.95;
  const double unit = std::sqrt(1.0 / static_cast<double>(before.size()) + 1.0 / static_cast<double>(after.size()));
  std::vector<double> changed(before.values().begin(), before.values().end());
  for (double& value : changed) value = change.factor * value + change.offset;
  const double as_it_stands = drift::largest_gap(before, after) / unit;
  return as_it_stands > kOnceInAThousand && drift::largest_gap(changed, after) / unit < as_it_stands / 2;
}

}  // namespace

Finding find_out_of_range(const Values& values, double max_share) {
  const Sample& before = values.sides.reference_numbers;
  const Sample& after = values.sides.current_numbers;
  if (before.size() < kLeastValues || after.size() < kLeastValues) return too_few(values, before.size(), after.size());
  const std::int64_t low = after.below(before.smallest());
  const std::int64_t high = after.size() - after.up_to(before.largest());
  const double share = static_cast<double>(low + high) / static_cast<double>(after.size());
  const double chance = 20.0 / static_cast<double>(before.size() + 1);
  return {.subject = values.name,
          .verdict = share > std::max(max_share, chance) ? Verdict::kAlarm : Verdict::kOk,
          .text = upkeep::format("{}: {:.3g} % of {} values lie outside of the reference's {} to {}", values.name, 100 * share,
                                 after.size(), report::number(before.smallest()), report::number(before.largest())),
          .evidence = {{"share", share},
                       {"below", low},
                       {"above", high},
                       {"low", report::finite_or_null(before.smallest())},
                       {"high", report::finite_or_null(before.largest())}}};
}

Finding find_unit_change(const Values& values, double tolerance) {
  const std::span<const double> before = values.sides.reference_numbers.finite();
  const std::span<const double> after = values.sides.current_numbers.finite();
  if (std::ssize(before) < kLeastValues || std::ssize(after) < kLeastValues) return too_few(values, std::ssize(before), std::ssize(after));
  const std::vector<double> was = quantiles(before);
  const std::vector<double> is = quantiles(after);
  Finding finding{.subject = values.name, .text = upkeep::format("{}: the same unit", values.name)};
  if (was.front() == was.back()) {
    finding.verdict = Verdict::kUnknown;
    finding.text = upkeep::format("{}: the reference hardly varies, so a unit cannot be told", values.name);
    return finding;
  }
  const double same = misfit(was, is, 1, 0);
  const UnitChange* best = nullptr;
  const double noise = 0.6 * std::sqrt(1.0 / static_cast<double>(before.size()) + 1.0 / static_cast<double>(after.size()));
  double least = tolerance + noise;  // quantiles of few values scatter
  for (const UnitChange& change : kUnits)
    if (const double found = misfit(was, is, change.factor, change.offset); found < least) {
      least = found;
      best = &change;
    }
  finding.evidence = {{"misfit_of_the_same_unit", report::finite_or_null(same)}};
  if (!best || same < 3 * least || !is_explained(values.sides.reference_numbers, values.sides.current_numbers, *best)) return finding;
  finding.verdict = Verdict::kAlarm;
  finding.text = upkeep::format("{}: the unit changed: {} (median {} before, {} now)", values.name, best->name, report::number(was[9]),
                                report::number(is[9]));
  finding.evidence.update({{"factor", best->factor}, {"offset", best->offset}, {"misfit", least}});
  return finding;
}

}  // namespace upkeep::checks
