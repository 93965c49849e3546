#pragma once

#include "layers/view/architecture.hpp"

namespace upkeep {

// Filling many weights takes long, and teaches nothing.
inline bool is_small(const Architecture& architecture) {
  std::int64_t left = 1 << 16;  // elements of all weights
  for (const NamedWeight& weight : weight_specs(architecture)) {
    const std::int64_t elements = element_count(weight.spec.shape);
    if (elements > left) return false;
    left -= elements;
  }
  return true;
}

}  // namespace upkeep
