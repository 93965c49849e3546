// An activation as a layer's configuration in Keras says it, and as a setting here.
#pragma once

#include "base/json.hpp"

namespace upkeep::layers {

// A name, a class with its settings, or what activation_to_keras() writes. `keras2`: what Keras 2 means by it. Null: none.
Json activation_from_keras(const Json& value, bool keras2);

// For Keras 3. Throws Error{kUnsupported}: an activation with parameters that it has no way to say.
Json activation_to_keras(const Json& setting);

}  // namespace upkeep::layers
