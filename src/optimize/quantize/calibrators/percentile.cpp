// All but 0.01 % of the values: 0.005 % may be cut off on each side.

#include "optimize/quantize/calibrators/calibrator.hpp"

namespace upkeep::calibrators {

static ValueRange percentile(const Observed& values, int) {
  constexpr double kTail = 5e-5;
  return {values.quantile(kTail), values.quantile(1 - kTail)};
}

void add_percentile(CalibratorCatalog& catalog) {
  catalog.add({.name = "percentile", .help = "99.99 % of the values", .settings = {}, .range = percentile});
}

}  // namespace upkeep::calibrators
