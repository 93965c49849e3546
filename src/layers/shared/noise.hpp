// Random numbers of a training step: the graph reads uniform ones, which the trainer fills in, and makes of them what a layer needs.
#pragma once

#include <string>

#include "layers/layer.hpp"

namespace upkeep::layers {

// The input's dimensions for random numbers, or those of `noise_shape` ([null, 1, 10], null standing for the input's size). Throws Error:
// it does not fit, or a size behind the batch is unknown.
Dims noise_dims(const Dims& input, const Json& noise_shape = nullptr);
// Throws Error{kInvalidArgument} unless it is null or a list of sizes.
void check_noise_shape(const Json& noise_shape);

// Zeroes elements with probability `rate` and divides the others by 1 - rate: an element is kept where its uniform number reaches `rate`.
// Needs context.training.
Value drop(const BuildContext& context, Value x, double rate, const Dims& noise, const std::string& name = "uniform");
// What drop() multiplies by.
Value drop_factors(const BuildContext& context, double rate, const Dims& noise, const std::string& name);
// Standard normal numbers.
Value normal_noise(const BuildContext& context, const Dims& dims);

}  // namespace upkeep::layers
