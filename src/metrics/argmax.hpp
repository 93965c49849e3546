// The place of the largest element; the first of equals.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

namespace upkeep::metrics {

inline std::size_t argmax(std::span<const double> values) {
  return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
}

}  // namespace upkeep::metrics
