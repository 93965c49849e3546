// A last look at JSON before it goes into a file of Keras's, by the rules of Keras's own reader (deserialize_keras_object in
// keras/src/saving/serialization_lib.py) and not by ours: what only this program understands is an error, not a file.
#pragma once

#include <string>

#include "base/json.hpp"

namespace upkeep::layers {

// Any value: plain ones, lists, maps, {"class_name": "Dense", "config": {...}}, arrays, slices, tensors of the model.
// Throws Error{kInternal} with the place, below `where`: what Keras would not read, or would take for something else.
void check_keras_value(const Json& value, const std::string& where);
// A model, {"class_name": "Functional", "config": {"layers": ...}}: besides, names are used once, and calls read values that there are.
void check_keras_model(const Json& model);

}  // namespace upkeep::layers
