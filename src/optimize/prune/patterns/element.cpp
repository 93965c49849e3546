// Each element by itself: the most freedom, and zeros anywhere.

#include <numeric>

#include "optimize/prune/patterns/pattern.hpp"

namespace upkeep::pruning {

struct Element {};

}  // namespace upkeep::pruning

namespace upkeep {

template <>
inline const Settings settings<pruning::Element> = describe<pruning::Element>("element", "single weights become zero");

}  // namespace upkeep

namespace upkeep::pruning::patterns {

static Units element_units(const Json&, std::size_t elements, const std::optional<KernelPlaces>&) {
  Units units{.of = std::vector<std::uint32_t>(elements), .runs = {}, .gone = {}};
  std::iota(units.of.begin(), units.of.end(), 0U);
  return units;
}

void add_element(PatternCatalog& catalog) {
  const Settings& about = settings<Element>;
  catalog.add({.name = about.name(), .help = about.help(), .settings = about, .units = element_units});
}

}  // namespace upkeep::pruning::patterns
