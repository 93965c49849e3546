// training=False and training=True in a call of Keras's.
#pragma once

#include "layers/keras/parts.hpp"

namespace upkeep::layers {

// Whether a layer does something else in training than otherwise, by its kind and settings; also in a wrapper.
bool differs_in_training(const LayerSpec& layer);

// Whether `training: false` beside a call of Keras 3 was said by a person: Keras writes it beside every call of a layer whose own default
// it is, Dropout for one.
bool says_training(const Json& entry);

// The layer as one that does in training what it does otherwise, for writers that cannot say it in a call; its settings in a wrapper too.
LayerSpec quiet_in_training(LayerSpec layer);

}  // namespace upkeep::layers
