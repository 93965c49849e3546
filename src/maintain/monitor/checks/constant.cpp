// A feature that has one value only, where the reference has several: a default that somebody filled in, or a sensor that stands still.
// The chance that m rows of the reference would all have its most frequent value, of share p, is p^m.

#include <algorithm>
#include <cmath>

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

struct Distinct {
  std::int64_t values = 0;  // different ones
  std::int64_t rows = 0;
  std::int64_t most = 0;  // how often the most frequent one occurs
  std::string example;
};

static Distinct distinct(const Sample& numbers, const Words& words) {
  Distinct found;
  double last = 0;
  const auto add = [&](std::int64_t count) {
    ++found.values;
    found.rows += count;
    found.most = std::max(found.most, count);
  };
  numbers.for_each_distinct([&](double value, std::int64_t count) {
    last = value;
    add(count);
    return true;
  });
  if (found.values > 0) found.example = upkeep::format("{}", last);
  for (const auto& [word, count] : words.counts()) {
    found.example = word;
    add(count);
  }
  return found;
}

// Of numbers that were counted in cells, what lies in one cell may still be several values.
static Distinct current_values(const Sides& sides) {
  Distinct now = distinct(sides.current_numbers, sides.current_words);
  if (!sides.current_range) return now;
  const auto [low, high] = *sides.current_range;
  if (now.values == 1 && low < high) now.values = 2;
  if (now.values == 1) now.example = upkeep::format("{}", low);
  return now;
}

static Finding judge_constant(const Values& values, double alpha) {
  const Distinct now = current_values(values.sides);
  const Distinct before = distinct(values.sides.reference_numbers, values.sides.reference_words);
  const auto rows = static_cast<double>(now.rows);
  const auto reference_rows = static_cast<double>(before.rows);
  Finding finding{
      .subject = values.name,
      .text = upkeep::format("{}: {}{} values on {} rows", values.name, values.sides.in_cells ? "at least " : "", now.values, now.rows)};
  if (rows < static_cast<double>(kLeastValues) || reference_rows < static_cast<double>(kLeastValues)) {
    finding.verdict = Verdict::kUnknown;
    return finding;
  }
  if (now.values > 1 || before.values < 2) return finding;
  if (rows * std::log(static_cast<double>(before.most) / reference_rows) > std::log(alpha)) return finding;
  finding.verdict = Verdict::kAlarm;
  finding.text =
      upkeep::format("{}: {:.0f} rows have the one value {}, the reference has {}", values.name, rows, now.example, before.values);
  finding.evidence = {{"value", now.example}, {"reference_values", before.values}};
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
