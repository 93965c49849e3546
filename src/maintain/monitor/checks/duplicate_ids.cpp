// Two answers under one request id and row: retries that count twice, or a client that uses one id for all. A label cannot say which it is
// for.

#include <algorithm>
#include <functional>

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

static std::size_t hash_of(const Request& one) {
  constexpr std::size_t kOdd = 0x9E3779B97F4A7C15U;  // spreads neighbouring rows
  return std::hash<std::string_view>()(one.id) ^ (static_cast<std::size_t>(one.row) * kOdd);
}

// Sorted by hash, equal ones are neighbours; of equal hashes the requests are compared.
static std::size_t count_repeated(const std::vector<Request>& requests) {
  std::vector<std::pair<std::size_t, std::size_t>> sorted;
  sorted.reserve(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) sorted.emplace_back(hash_of(requests[i]), i);
  std::ranges::sort(sorted);
  std::size_t repeated = 0;
  std::vector<Request> distinct;  // of one hash
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i == 0 || sorted[i].first != sorted[i - 1].first) distinct.clear();
    const Request& one = requests[sorted[i].second];
    if (std::ranges::contains(distinct, one)) ++repeated;
    else distinct.push_back(one);
  }
  return repeated;
}

static std::vector<Finding> duplicate_ids(const Facts& facts, const Json& values) {
  const DuplicateIds options = parse<DuplicateIds>(values);
  if (facts.requests.empty()) return {};
  const std::size_t repeated = count_repeated(facts.requests);
  const double share = static_cast<double>(repeated) / static_cast<double>(facts.requests.size());
  return {{.subject = "requests",
           .verdict = share > options.max_share ? Verdict::kAlarm : Verdict::kOk,
           .text = upkeep::format("{} of {} rows have the request id and row of another one", repeated, facts.requests.size()),
           .evidence = {{"share", share}}}};
}

void add_duplicate_ids(CheckCatalog& catalog) {
  catalog.add({.name = "duplicate-ids",
               .help = settings<DuplicateIds>.help(),
               .settings = settings<DuplicateIds>,
               .reads = Reads::kRows,
               .run = duplicate_ids});
}

}  // namespace upkeep::checks
