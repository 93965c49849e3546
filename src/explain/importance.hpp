// How much each feature matters over many explained rows.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "explain/explanation.hpp"

namespace upkeep::explain {

struct Importance {
  std::size_t feature = 0;   // its place
  double mean = 0;           // of |attribution|
  double low = 0, high = 0;  // 95 % interval of the mean over rows (normal); NaN of one row
  double signed_mean = 0;
};
// The largest first. The explanations are of one method and one subject.
std::vector<Importance> importances(const std::vector<Explanation>& explanations);

// Places of the features, the largest |attribution| first; and what some of them add up to.
std::vector<std::size_t> by_size(const Attribution& attribution);
double sum_of(const Attribution& attribution, std::span<const std::size_t> features);

}  // namespace upkeep::explain
