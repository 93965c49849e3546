// Labels that are numbers beyond the smallest and largest target that the model was trained on.

#include "base/format.hpp"
#include "maintain/monitor/checks/check.hpp"

namespace upkeep::checks {

struct LabelRange {
  double max_share = 0.05;
};

}  // namespace upkeep::checks

template <>
inline const upkeep::Settings upkeep::settings<upkeep::checks::LabelRange> = upkeep::describe<upkeep::checks::LabelRange>(
    "label-range", "labels beyond the smallest and largest target of the reference",
    upkeep::field("max_share", &upkeep::checks::LabelRange::max_share, "of the labels that may lie outside", upkeep::range(0, 1)));

namespace upkeep::checks {

static std::vector<Finding> label_range(const Facts& facts, const Json& values) {
  const LabelRange options = parse<LabelRange>(values);
  if (!facts.labels || facts.labels->sides.categorical() || facts.labels->reference_count() == 0) return {};
  return {find_out_of_range(*facts.labels, options.max_share)};
}

void add_label_range(CheckCatalog& catalog) {
  catalog.add({.name = "label-range",
               .help = settings<LabelRange>.help(),
               .settings = settings<LabelRange>,
               .reads = Reads::kLabels,
               .run = label_range});
}

}  // namespace upkeep::checks
