// Categories that the model was not trained on: those that its signature does not list, or that the reference does not have. Of a reference
// some are expected: as many as occur in it once (Good 1953).

#include <algorithm>
#include <cmath>
#include <map>

#include "base/format.hpp"
#include "base/names.hpp"
#include "maintain/monitor/checks/check.hpp"

namespace upkeep::checks {

struct UnseenCategory {
  double max_share = 0.01;
};

}  // namespace upkeep::checks

template <>
inline const upkeep::Settings upkeep::settings<upkeep::checks::UnseenCategory> =
    upkeep::describe<upkeep::checks::UnseenCategory>("unseen-category", "categories that the model does not know",
                                                     upkeep::field("max_share", &upkeep::checks::UnseenCategory::max_share,
                                                                   "of the values that may be of such categories", upkeep::range(0, 1)));

namespace upkeep::checks {

static Finding judge_categories(const Values& values, double max_share) {
  const auto& seen = values.sides.reference_words.counts();
  const auto once = static_cast<double>(std::ranges::count_if(seen, [](const auto& one) { return one.second == 1; }));
  const bool told = !values.known.empty();
  std::map<std::string_view, std::int64_t> unseen;
  const std::int64_t rows = values.sides.current_words.size();
  std::int64_t others = 0;
  for (const auto& [word, count] : values.sides.current_words.counts()) {
    if (told ? std::ranges::contains(values.known, word) : seen.contains(word)) continue;
    others += count;
    unseen[word] += count;
  }
  const double share = rows > 0 ? static_cast<double>(others) / static_cast<double>(rows) : 0.0;
  const double expected = told ? 0.0 : once / static_cast<double>(std::max<std::int64_t>(1, values.reference_count()));
  const double most = std::max(max_share, expected + 3 * std::sqrt(expected / static_cast<double>(std::max<std::int64_t>(1, rows))));
  std::vector<std::string> names;
  for (const auto& [name, count] : unseen)
    if (names.size() < 5) names.push_back(upkeep::format("\"{}\"", name));
  Finding finding{.subject = values.name, .evidence = {{"share", share}, {"categories", unseen.size()}}};
  finding.text = upkeep::format("{}: {:.3g} % of {} values are of {} categories that the {} does not have{}{}", values.name, 100 * share,
                                rows, unseen.size(), told ? "model" : "reference", names.empty() ? "" : ": ", join(names));
  if (rows < kLeastValues) finding.verdict = Verdict::kUnknown;
  else finding.verdict = share > most ? Verdict::kAlarm : Verdict::kOk;
  return finding;
}

static std::vector<Finding> unseen_category(const Facts& facts, const Json& values) {
  const UnseenCategory options = parse<UnseenCategory>(values);
  std::vector<Finding> findings;
  for (const Values& one : facts.features)
    if (one.sides.categorical() && (one.reference_count() > 0 || !one.known.empty()))
      findings.push_back(judge_categories(one, options.max_share));
  return findings;
}

void add_unseen_category(CheckCatalog& catalog) {
  catalog.add(
      {.name = "unseen-category", .help = settings<UnseenCategory>.help(), .settings = settings<UnseenCategory>, .run = unseen_category});
}

}  // namespace upkeep::checks
