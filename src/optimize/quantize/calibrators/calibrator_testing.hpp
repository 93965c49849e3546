// For tests of calibrators: what is seen of given values.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "optimize/quantize/calibrators/calibrator.hpp"

namespace upkeep::calibrators {

inline Observed seen(const std::vector<std::vector<float>>& batches) {
  Observed all;
  for (const std::vector<float>& batch : batches) all.add(batch);
  return all;
}

// 100,000 normal numbers and one outlier at 100.
inline std::vector<float> normal_with_outlier() {
  Random random(7);
  std::vector<float> values(100'000);
  for (float& value : values) value = static_cast<float>(random.normal());
  values[500] = 100;
  return values;
}

inline ValueRange range_by(const char* name, const Observed& values, int levels = 255) { return catalog().at(name).range(values, levels); }

// The mean squared error of values that are rounded to `levels` steps over the range, one by one.
inline double squared_error(const std::vector<float>& values, ValueRange range, int levels) {
  const double step = (range.high - range.low) / levels;
  double sum = 0;
  for (const double value : values) {
    const double inside = std::clamp(value, range.low, range.high);
    const double rounded = range.low + std::round((inside - range.low) / step) * step;
    sum += (value - rounded) * (value - rounded);
  }
  return sum / static_cast<double>(values.size());
}

}  // namespace upkeep::calibrators
