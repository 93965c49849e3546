// One pass of the calibration rows through the float model, which looks at every activation that becomes integers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "optimize/quantize/shared/observed.hpp"
#include "optimize/quantize/shared/plan.hpp"

namespace upkeep::quantization {

using Observations = std::map<std::string, Observed>;  // by value

// The model, with these values among its outputs.
Model with_outputs(const Model& model, const std::vector<std::string>& values);

// Of all values of the plan that have a scale of their own; with the channel means of what layers with weights read. Batches are so large
// that the activations of one take at most `batch_bytes`.
Observations observe(const Model& model, const Plan& plan, const Tensors& rows, int threads,
                     std::size_t batch_bytes = std::size_t{128} << 20);

}  // namespace upkeep::quantization
