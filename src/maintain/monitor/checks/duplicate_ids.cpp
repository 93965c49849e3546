// Two answers under one request id and row: retries that count twice, or a client that uses one id for all. A label cannot say which it is
// for.

#include <unordered_set>

#include "base/format.hpp"
#include "maintain/monitor/checks/check.hpp"

namespace upkeep::checks {

struct DuplicateIds {
  double max_share = 0.01;
};

}  // namespace upkeep::checks

template <>
inline const upkeep::Settings upkeep::settings<upkeep::checks::DuplicateIds> = upkeep::describe<upkeep::checks::DuplicateIds>(
    "duplicate-ids", "rows of the log that have the same request id and row",
    upkeep::field("max_share", &upkeep::checks::DuplicateIds::max_share, "of the rows that may share their id", upkeep::range(0, 1)));

namespace upkeep::checks {

struct RequestHash {
  std::size_t operator()(const Request& one) const {
    constexpr std::size_t kOdd = 0x9E3779B97F4A7C15U;  // spreads neighbouring rows
    return std::hash<std::string_view>()(one.id) ^ (static_cast<std::size_t>(one.row) * kOdd);
  }
};

static std::vector<Finding> duplicate_ids(const Facts& facts, const Json& values) {
  const DuplicateIds options = parse<DuplicateIds>(values);
  if (facts.requests.empty()) return {};
  std::unordered_set<Request, RequestHash> distinct(2 * facts.requests.size());
  distinct.insert(facts.requests.begin(), facts.requests.end());
  const std::size_t repeated = facts.requests.size() - distinct.size();
  const double share = static_cast<double>(repeated) / static_cast<double>(facts.requests.size());
  return {{.subject = "requests",
           .verdict = share > options.max_share ? Verdict::kAlarm : Verdict::kOk,
           .text = upkeep::format("{} of {} rows have the request id and row of another one", repeated, facts.requests.size()),
           .evidence = {{"share", share}}}};
}

void add_duplicate_ids(CheckCatalog& catalog) {
  catalog.add({.name = "duplicate-ids", .help = settings<DuplicateIds>.help(), .settings = settings<DuplicateIds>, .run = duplicate_ids});
}

}  // namespace upkeep::checks
