// Checks: what is plainly wrong with the data a model is given or judged by, whatever the distributions say: values that cannot be right, a
// unit that changed, labels that belong to other rows. One file per check, each a pure function of what the monitor read.
//
// A check says ok, alarm or unknown of each subject (a feature, the requests, the labels), with a sentence that has the numbers.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/catalog.hpp"
#include "base/settings.hpp"
#include "maintain/monitor/feature_columns.hpp"
#include "maintain/monitor/judged.hpp"

namespace upkeep::checks {

enum class Verdict { kOk, kAlarm, kUnknown };
std::string_view to_string(Verdict verdict);  // "ok", "alarm", "unknown"

struct Finding {
  std::string check;
  std::string subject;  // a feature, "requests", "rows", "labels"
  Verdict verdict = Verdict::kOk;
  std::string text;  // one sentence
  Json evidence = Json::object();
};
Json to_json(const Finding& finding);

// The values of a feature, an output or the labels on both sides; the reference's are empty where there is none.
struct Values {
  std::string name;
  Sides sides;
  std::vector<std::string> known;  // categories that the model knows
  bool may_be_missing = false;

  std::int64_t reference_count() const { return sides.reference_rows(); }
  std::int64_t current_count() const { return sides.current_rows(); }
};

// What a row of the log is called: equal ones cannot be told apart by a label.
struct Request {
  std::string_view id;  // of the log, which outlives it
  std::int64_t row = 0;
  bool operator==(const Request&) const = default;
};

struct Facts {
  std::vector<Values> features;
  std::vector<Values> outputs;
  std::optional<Values> labels;            // and the reference's target
  std::vector<Request> requests;           // of each judged row
  std::optional<Judged> judged;            // answers and labels of the log
  std::optional<Judged> judged_reference;  // and of the reference
};

// What a check must be given: counts of values, the rows themselves, or labels.
enum class Reads { kCounts, kRows, kLabels };

struct CheckEntry {
  std::string name;  // "missing-share"
  std::string help;
  Settings settings;
  Reads reads = Reads::kCounts;
  std::function<std::vector<Finding>(const Facts& facts, const Json& settings)> run;
};
using CheckCatalog = Catalog<CheckEntry>;
const CheckCatalog& catalog();

// All checks with their defaults, alarms first, then unknowns.
std::vector<Finding> run_all(const Facts& facts);
// Those that read that, unsorted.
std::vector<Finding> run_those(const Facts& facts, Reads reads);
void put_alarms_first(std::vector<Finding>& findings);

// --- for the members ---------------------------------------------------------------------------------------------------

inline constexpr std::int64_t kLeastValues = 50;  // needed to say anything

// Current values beyond the smallest and largest of the reference, which n values of the same kind leave about 2 of n + 1 times; an alarm
// from `max_share`, and from ten times that, on.
Finding find_out_of_range(const Values& values, double max_share);

// Whether the current values are the reference's in another unit: quantiles that lie on the line `factor` x + `offset` of a known change,
// within `tolerance` spreads of the reference and what quantiles of so many values scatter by.
Finding find_unit_change(const Values& values, double tolerance);

}  // namespace upkeep::checks
