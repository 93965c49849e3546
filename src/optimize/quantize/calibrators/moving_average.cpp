// The moving average of each batch's smallest and largest value (Jacob et al. 2018, section 3.1): an outlier of one batch counts little.
//   low += 0.1 * (batch's low - low)

#include "optimize/quantize/calibrators/calibrator.hpp"

namespace upkeep::calibrators {

void add_moving_average(CalibratorCatalog& catalog) {
  catalog.add({.name = "moving-average",
               .help = "moving average of the smallest and the largest value of each batch",
               .settings = {},
               .range = [](const Observed& values, int) { return ValueRange{values.moving_low, values.moving_high}; }});
}

}  // namespace upkeep::calibrators
