// Masks in Keras's functional models. Keras writes the operations that compute a mask as if they were layers, and says at each reader which
// one it reads; here each layer makes and hands on its mask itself.
#pragma once

#include <set>
#include <string>

#include "base/json.hpp"

namespace upkeep::layers {

// Names of the "layers" of a functional configuration that compute what Embedding(mask_zero=True) and Masking give as masks anyway.
std::set<std::string> mask_operations(const Json& layers);
// Whether an argument of a call is a mask that Keras passes on by itself.
bool is_mask_argument(const std::string& name);

}  // namespace upkeep::layers
