// Mean errors of one row, in double.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

namespace upkeep::metrics {

// error(y - t) averaged over a row's elements.
template <typename Error>
double mean_error(std::span<const double> prediction, std::span<const double> target, const Error& error) {
  double sum = 0;
  for (std::size_t i = 0; i < prediction.size(); ++i) sum += error(prediction[i] - target[i]);
  return sum / static_cast<double>(prediction.size());
}

inline double mean_squared_error(std::span<const double> prediction, std::span<const double> target) {
  return mean_error(prediction, target, [](double difference) { return difference * difference; });
}

}  // namespace upkeep::metrics
