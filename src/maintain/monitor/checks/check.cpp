#include "maintain/monitor/checks/check.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "analyze/report.hpp"
#include "base/format.hpp"

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

std::vector<Finding> run_all(const Facts& facts) {
  std::vector<Finding> all;
  for (const CheckEntry& entry : catalog())
    for (Finding& finding : entry.run(facts, Json::object())) {
      finding.check = entry.name;
      all.push_back(std::move(finding));
    }
  const auto rank = [](const Finding& one) { return one.verdict == Verdict::kAlarm ? 0 : one.verdict == Verdict::kUnknown ? 1 : 2; };
  std::ranges::stable_sort(all, {}, rank);
  return all;
}

std::vector<double> known_numbers(std::span<const double> values) {
  std::vector<double> kept;
  std::ranges::copy_if(values, std::back_inserter(kept), [](double value) { return !std::isnan(value); });
  std::ranges::sort(kept);
  return kept;
}

namespace {

Finding too_few(const Values& values, std::size_t reference, std::size_t current) {
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
std::vector<double> quantiles(const std::vector<double>& sorted) {
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

// The largest gap between the distribution functions, in units of what equal distributions reach: 1.95 is exceeded once in a thousand.
double gap_between(const std::vector<double>& a, const std::vector<double>& b) {
  double gap = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const double x = std::min(a[i], b[j]);
    while (i < a.size() && a[i] == x) ++i;
    while (j < b.size() && b[j] == x) ++j;
    gap = std::max(
        gap, std::abs(static_cast<double>(i) / static_cast<double>(a.size()) - static_cast<double>(j) / static_cast<double>(b.size())));
  }
  return gap / std::sqrt(1.0 / static_cast<double>(a.size()) + 1.0 / static_cast<double>(b.size()));
}

// Quantiles of heavy tails scatter, distribution functions do not: they must differ as they stand, and much less after the change.
bool is_explained(std::vector<double> before, const std::vector<double>& after, const UnitChange& change) {
  constexpr double kOnceInAThousand = 1.95;
  const double as_it_stands = gap_between(before, after);
  for (double& value : before) value = change.factor * value + change.offset;
  return as_it_stands > kOnceInAThousand && gap_between(before, after) < as_it_stands / 2;
}

}  // namespace

Finding find_out_of_range(const Values& values, double max_share) {
  const std::vector<double> before = known_numbers(values.sides.reference_numbers);
  const std::vector<double> after = known_numbers(values.sides.current_numbers);
  if (before.size() < kLeastValues || after.size() < kLeastValues) return too_few(values, before.size(), after.size());
  const auto low = std::ranges::lower_bound(after, before.front()) - after.begin();
  const auto high = after.end() - std::ranges::upper_bound(after, before.back());
  const double share = static_cast<double>(low + high) / static_cast<double>(after.size());
  const double chance = 20.0 / static_cast<double>(before.size() + 1);
  return {.subject = values.name,
          .verdict = share > std::max(max_share, chance) ? Verdict::kAlarm : Verdict::kOk,
          .text = upkeep::format("{}: {:.3g} % of {} values lie outside of the reference's {} to {}", values.name, 100 * share,
                                 after.size(), report::number(before.front()), report::number(before.back())),
          .evidence = {{"share", share},
                       {"below", low},
                       {"above", high},
                       {"low", report::finite_or_null(before.front())},
                       {"high", report::finite_or_null(before.back())}}};
}

Finding find_unit_change(const Values& values, double tolerance) {
  std::vector<double> before = known_numbers(values.sides.reference_numbers);
  std::vector<double> after = known_numbers(values.sides.current_numbers);
  for (std::vector<double>* side : {&before, &after}) std::erase_if(*side, [](double value) { return std::isinf(value); });
  if (before.size() < kLeastValues || after.size() < kLeastValues) return too_few(values, before.size(), after.size());
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
  if (!best || same < 3 * least || !is_explained(before, after, *best)) return finding;
  finding.verdict = Verdict::kAlarm;
  finding.text = upkeep::format("{}: the unit changed: {} (median {} before, {} now)", values.name, best->name, report::number(was[9]),
                                report::number(is[9]));
  finding.evidence.update({{"factor", best->factor}, {"offset", best->offset}, {"misfit", least}});
  return finding;
}

}  // namespace upkeep::checks
