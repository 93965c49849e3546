// Labels of classes that the model does not know: it is wrong on all of them, and a retraining of the same output cannot learn them.

#include "base/format.hpp"
#include "maintain/monitor/checks/check.hpp"

namespace upkeep::checks {

struct LabelClasses {
  double max_share = 0.01;
};

}  // namespace upkeep::checks

template <>
inline const upkeep::Settings upkeep::settings<upkeep::checks::LabelClasses> = upkeep::describe<upkeep::checks::LabelClasses>(
    "label-classes", "labels of classes that the model does not know",
    upkeep::field("max_share", &upkeep::checks::LabelClasses::max_share, "of the labels that may be of such classes", upkeep::range(0, 1)));

namespace upkeep::checks {

static std::vector<Finding> label_classes(const Facts& facts, const Json& values) {
  const LabelClasses options = parse<LabelClasses>(values);
  if (!facts.judged || facts.judged->rows.empty() || facts.judged->classes == 0) return {};
  const auto rows = static_cast<double>(facts.judged->rows.size());
  const double share = static_cast<double>(facts.judged->unknown_classes) / rows;
  return {{.subject = "labels",
           .verdict = share > options.max_share ? Verdict::kAlarm : Verdict::kOk,
           .text = upkeep::format("{} of {:.0f} labels are of classes that the model does not know", facts.judged->unknown_classes, rows),
           .evidence = {{"share", share}}}};
}

void add_label_classes(CheckCatalog& catalog) {
  catalog.add({.name = "label-classes",
               .help = settings<LabelClasses>.help(),
               .settings = settings<LabelClasses>,
               .reads = Reads::kLabels,
               .run = label_classes});
}

}  // namespace upkeep::checks
