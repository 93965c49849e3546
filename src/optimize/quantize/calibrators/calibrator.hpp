// Calibrators: which range of an activation the integers should cover, from what calibration rows made of it. A narrow range has small
// steps and cuts off large values; a wide one the other way round.
#pragma once

#include <functional>
#include <string>

#include "base/catalog.hpp"
#include "optimize/quantize/shared/observed.hpp"

namespace upkeep::quantization {

struct ValueRange {
  double low = 0;
  double high = 0;
};

struct CalibratorEntry {
  std::string name;  // "entropy"
  std::string help;
  Settings settings;
  // The range for an activation that becomes `levels` integers, all of which lie on one side of 0 where no value was below it.
  std::function<ValueRange(const Observed& values, int levels)> range;
};

}  // namespace upkeep::quantization

namespace upkeep::calibrators {

using quantization::CalibratorEntry;
using quantization::Observed;
using quantization::ValueRange;
using CalibratorCatalog = Catalog<CalibratorEntry>;
const CalibratorCatalog& catalog();

}  // namespace upkeep::calibrators
