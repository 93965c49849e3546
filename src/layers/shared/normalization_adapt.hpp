// Statistics of the data for Normalization layers: what Keras's adapt() finds.
#pragma once

#include "graph/graph.hpp"
#include "layers/view/architecture.hpp"

namespace upkeep::layers {

// `inputs` are all rows, by input name. Each Normalization layer that has no given mean and variance, was not adapted before (its weights
// are still mean 0, variance 1, count 0) and has no weights to train above it gets the mean and the population variance of what it reads,
// over the axes that it does not keep. Layers are adapted in order, each on what the adapted ones above it give. Throws
// Error{kInvalidArgument}: an input is missing, empty or not finite.
Model adapt_normalizations(Model model, const Tensors& inputs);

// The value `name` ("lstm", or "lstm:1") for all rows of `inputs`, which are by input layer, computed by the layers that it depends on and
// no others. `weights` has theirs. Throws Error{kInvalidArgument} where an input that it depends on is missing.
Tensor value_of(const Architecture& architecture, const Weights& weights, const std::string& name, const Tensors& inputs);

}  // namespace upkeep::layers
