// How much each feature matters over many explained rows.
#pragma once

#include <cstddef>
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

}  // namespace upkeep::explain
