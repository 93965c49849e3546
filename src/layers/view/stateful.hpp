// Recurrent layers that Keras calls stateful, for runtimes that keep nothing between calls.
#pragma once

#include "layers/view/architecture.hpp"

namespace upkeep::layers {

// The states of stateful layers as values of the model: inputs "LAYER_state_0", "LAYER_state_1", ... that they start from, and outputs,
// behind the model's own, that they end with. Zeros are what Keras starts with after reset_states(). Which output an input takes next:
//   the model's own outputs, then of each stateful layer in order its states in order.
// Throws Error{kFailedPrecondition}: no layer is stateful; {kUnsupported}: one is used several times, or is given initial states.
Architecture states_as_values(const Architecture& architecture);
// The same of a model in our form, with its weights. What it was trained with does not fit the new outputs and is left out.
Model states_as_values(const LayeredModel& layered);

}  // namespace upkeep::layers
