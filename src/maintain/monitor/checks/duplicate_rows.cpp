// Rows that have all features of an earlier row: a job that sends everything twice. Coarse features repeat by themselves, so the
// reference's share is taken off; of both sides as many rows are looked at.

#include <algorithm>
#include <unordered_set>

#include "base/format.hpp"
#include "maintain/monitor/checks/check.hpp"

namespace upkeep::checks {

struct DuplicateRows {
  double max_growth = 0.1;
};

}  // namespace upkeep::checks

template <>
inline const upkeep::Settings upkeep::settings<upkeep::checks::DuplicateRows> = upkeep::describe<upkeep::checks::DuplicateRows>(
    "duplicate-rows", "rows whose features equal those of another row, beside what the reference has",
    upkeep::field("max_growth", &upkeep::checks::DuplicateRows::max_growth, "more of the rows than in the reference", upkeep::range(0, 1)));

namespace upkeep::checks {

static double share_of_repeated(const std::vector<Values>& features, bool reference, std::int64_t rows, std::int64_t of) {
  std::unordered_set<std::string> seen;
  std::int64_t repeated = 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t row = i * of / rows;  // evenly spaced
    std::string key;
    for (const Values& one : features) {
      const Sample& numbers = reference ? one.sides.reference_numbers : one.sides.current_numbers;
      const Words& words = reference ? one.sides.reference_words : one.sides.current_words;
      if (numbers.rows() > 0) numbers.append_row(key, row);
      else words.append_row(key, row);
    }
    repeated += !seen.insert(std::move(key)).second;
  }
  return static_cast<double>(repeated) / static_cast<double>(rows);
}

static std::vector<Finding> duplicate_rows(const Facts& facts, const Json& values) {
  const DuplicateRows options = parse<DuplicateRows>(values);
  std::vector<Values> features;
  std::ranges::copy_if(facts.features, std::back_inserter(features), [](const Values& one) { return one.reference_count() > 0; });
  if (features.empty()) return {};
  constexpr std::int64_t kMost = 20'000;
  const std::int64_t n = features.front().reference_count();
  const std::int64_t m = features.front().current_count();
  const std::int64_t rows = std::min({n, m, kMost});
  Finding finding{.subject = "rows", .text = upkeep::format("{} rows are too few to tell whether they repeat", rows)};
  finding.verdict = Verdict::kUnknown;
  if (rows < kLeastValues) return {finding};
  const double before = share_of_repeated(features, true, rows, n);
  const double now = share_of_repeated(features, false, rows, rows);  // neighbours, where repeats are
  finding.verdict = now > before + options.max_growth ? Verdict::kAlarm : Verdict::kOk;
  finding.text = upkeep::format("{:.3g} % of {} rows repeat an earlier one, {:.3g} % in the reference", 100 * now, rows, 100 * before);
  finding.evidence = {{"share", now}, {"reference_share", before}};
  return {finding};
}

void add_duplicate_rows(CheckCatalog& catalog) {
  catalog.add({.name = "duplicate-rows",
               .help = settings<DuplicateRows>.help(),
               .settings = settings<DuplicateRows>,
               .reads = Reads::kRows,
               .run = duplicate_rows});
}

}  // namespace upkeep::checks
