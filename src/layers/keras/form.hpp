// Keras's ways of writing an object (an activation, an initialiser, a regulariser) as a setting.
#pragma once

#include "base/settings.hpp"

namespace upkeep::layers {

// "he_normal", "leaky_relu:negative_slope=0.1", or {"class_name": "HeNormal", "config": {"seed": 1}} with whatever else Keras writes
// beside. Throws Error{kInvalidArgument} for anything else.
NamedSettings read_keras_form(const Json& setting);

// Throws Error{kInvalidArgument} unless the setting is null or in one of the forms. Which regularisers and constraints there are, the
// trainer knows.
void check_regularizer(const Json& regularizer);
void check_constraint(const Json& constraint);

}  // namespace upkeep::layers
