// What layers that read several inputs have in common.
#pragma once

#include <vector>

#include "layers/layer.hpp"

namespace upkeep::layers {

// The inputs in the type in which Keras merges them.
std::vector<Value> in_one_type(Ops& ops, std::vector<Value> inputs);
// Whether the inputs are better merged with the channels second: all have one rank, and one of them is there already.
bool any_channels_first(const Ops& ops, const std::vector<Value>& inputs);
std::vector<Value> all_channels_first(Ops& ops, std::vector<Value> inputs);
// The mask of inputs that are merged element by element. Keras 3: steps that count in one of the masks at least; absent unless all inputs
// have one. Keras 2: steps that count in all of the masks that there are.
Value merged_mask(const BuildContext& context);

}  // namespace upkeep::layers
