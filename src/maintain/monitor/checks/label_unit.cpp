// Labels that are the reference's targets in another unit, as features can be.

#include "base/format.hpp"
#include "maintain/monitor/checks/check.hpp"

namespace upkeep::checks {

struct LabelUnit {
  double tolerance = 0.05;
};

}  // namespace upkeep::checks

template <>
inline const upkeep::Settings upkeep::settings<upkeep::checks::LabelUnit> = upkeep::describe<upkeep::checks::LabelUnit>(
    "label-unit", "labels in another unit than the targets of the reference",
    upkeep::field("tolerance", &upkeep::checks::LabelUnit::tolerance,
                  "mean distance from the line of the change, in spreads of the reference", upkeep::range(0, 1)));

namespace upkeep::checks {

static std::vector<Finding> label_unit(const Facts& facts, const Json& values) {
  const LabelUnit options = parse<LabelUnit>(values);
  if (!facts.labels || facts.labels->sides.categorical() || facts.labels->reference_count() == 0) return {};
  return {find_unit_change(*facts.labels, options.tolerance)};
}

void add_label_unit(CheckCatalog& catalog) {
  catalog.add({.name = "label-unit",
               .help = settings<LabelUnit>.help(),
               .settings = settings<LabelUnit>,
               .reads = Reads::kLabels,
               .run = label_unit});
}

}  // namespace upkeep::checks
