// Numbers beyond the smallest and largest that the model was trained on: there it extrapolates.

#include "base/format.hpp"
#include "maintain/monitor/checks/check.hpp"

namespace upkeep::checks {

struct OutOfRange {
  double max_share = 0.05;
};

}  // namespace upkeep::checks

template <>
inline const upkeep::Settings upkeep::settings<upkeep::checks::OutOfRange> = upkeep::describe<upkeep::checks::OutOfRange>(
    "out-of-range", "numbers beyond the smallest and largest of the reference",
    upkeep::field("max_share", &upkeep::checks::OutOfRange::max_share, "of the values that may lie outside", upkeep::range(0, 1)));

namespace upkeep::checks {

static std::vector<Finding> out_of_range(const Facts& facts, const Json& values) {
  const OutOfRange options = parse<OutOfRange>(values);
  std::vector<Finding> findings;
  for (const Values& one : facts.features)
    if (!one.sides.categorical() && one.reference_count() > 0) findings.push_back(find_out_of_range(one, options.max_share));
  return findings;
}

void add_out_of_range(CheckCatalog& catalog) {
  catalog.add({.name = "out-of-range", .help = settings<OutOfRange>.help(), .settings = settings<OutOfRange>, .run = out_of_range});
}

}  // namespace upkeep::checks
