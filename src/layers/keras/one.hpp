// What Keras 1.2 called its layers and their settings, in the words of Keras 2.
#pragma once

#include "base/json.hpp"

namespace upkeep::layers {

// A layer's entry, {"class_name": "Convolution2D", "config": {"nb_filter": 8, "nb_row": 3, ...}}, with today's names. An entry that has
// none of the old names stays as it is. Throws Error{kUnsupported} for a mode that is gone.
Json from_keras_one(const Json& entry);

}  // namespace upkeep::layers
