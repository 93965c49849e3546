// The smallest and the largest value that was seen: nothing is cut off, and one outlier makes all steps wide.

#include "optimize/quantize/calibrators/calibrator.hpp"

namespace upkeep::calibrators {

void add_minmax(CalibratorCatalog& catalog) {
  catalog.add({.name = "minmax", .help = "the smallest and the largest value", .settings = {}, .range = [](const Observed& values, int) {
                 return ValueRange{values.low, values.high};
               }});
}

}  // namespace upkeep::calibrators
