// Numbers that are those of the reference in another unit: their quantiles lie on the line of a known change (powers of ten, times,
// degrees, lengths, weights), much closer than on the line of no change.

#include "base/format.hpp"
#include "maintain/monitor/checks/check.hpp"

namespace upkeep::checks {

struct UnitChanged {
  double tolerance = 0.05;
};

}  // namespace upkeep::checks

template <>
inline const upkeep::Settings upkeep::settings<upkeep::checks::UnitChanged> = upkeep::describe<upkeep::checks::UnitChanged>(
    "unit-change", "numbers in another unit than the reference: a factor of 1000, Celsius and Fahrenheit",
    upkeep::field("tolerance", &upkeep::checks::UnitChanged::tolerance, "mean distance from that line, in spreads of the reference",
                  upkeep::range(0, 1)));

namespace upkeep::checks {

static std::vector<Finding> unit_change(const Facts& facts, const Json& values) {
  const UnitChanged options = parse<UnitChanged>(values);
  std::vector<Finding> findings;
  for (const Values& one : facts.features)
    if (!one.sides.categorical() && one.reference_count() > 0) findings.push_back(find_unit_change(one, options.tolerance));
  return findings;
}

void add_unit_change(CheckCatalog& catalog) {
  catalog.add({.name = "unit-change",
               .help = settings<UnitChanged>.help(),
               .settings = settings<UnitChanged>,
               .reads = Reads::kRows,
               .run = unit_change});
}

}  // namespace upkeep::checks
