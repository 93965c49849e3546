// The calls of layers that a functional model's configuration lists, as its file says them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "layers/keras/masks.hpp"
#include "layers/keras/parts.hpp"

namespace upkeep::layers {

// One use of a layer.
struct Call {
  std::size_t index = 0;  // of the layer in the configuration
  std::int64_t use = 0;
  std::vector<Reference> reads;
  Json settings = Json::object();     // what it is called with, beside values; of an operation, the layer's settings
  std::optional<bool> training = {};  // training=False or True in the call; of Keras 3, where a person said it
  std::vector<GivenMask> masks = {};  // other masks than the values that it reads have
};

// `layers[3] "hidden" (Dense)`
std::string frame(const Json& entry, std::size_t index);
bool is_sequential(const Json& entry);
bool is_model(const Json& entry);
bool is_input(const Json& entry);

// Without those that only compute masks.
std::vector<Call> list_calls(const Json& layers, const KerasMasks& masks);
// A model that was made from input layers has a use of its own, which no list holds: Keras 2 counts from it everywhere, and Keras 3 in
// the model's outputs. Here uses count from 0.
void count_from_zero(std::vector<Reference>& outputs, std::vector<Call>& calls, const Json& layers);
// In the order in which Keras 3 makes them.
void sort_by_run(std::vector<Call>& calls, const Json& layers, const std::vector<Reference>& outputs);

}  // namespace upkeep::layers
