// Whether two architectures compute the same, operator by operator.
#pragma once

#include "layers/view/architecture.hpp"

namespace upkeep::layers {

// Of the same weights and inputs by name. The names of values inside do not matter, nor the order of the operators.
bool same_answers(const Architecture& one, const Architecture& other);

}  // namespace upkeep::layers
