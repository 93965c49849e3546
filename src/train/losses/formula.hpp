// What several losses are written in.
#pragma once

#include <string_view>

#include "train/losses/loss.hpp"

namespace upkeep::losses {

inline constexpr float kEpsilon = 1e-7f;  // keras.backend.epsilon()

// The values before the activation, where a loss can be computed without cancellation: the predictions themselves with `from_logits`, or
// what goes into the activation that made them (Keras on TensorFlow does so too). Otherwise absent.
Value logits_of(Ops& ops, Value predictions, std::string_view activation, bool from_logits);

// Within [epsilon, 1 - epsilon].
Value clipped_probability(Ops& ops, Value value);

}  // namespace upkeep::losses
