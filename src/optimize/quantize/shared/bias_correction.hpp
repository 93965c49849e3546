// What the rounding of weights adds to sums on average, taken out of the biases:   b' = b - (W_q - W) E[x]
// (Nagel et al. 2019, arXiv:1906.04721, section 4.2).
#pragma once

#include "optimize/quantize/shared/observe.hpp"
#include "optimize/quantize/shared/qdq.hpp"

namespace upkeep::quantization {

// By weight. MatMul has no bias, and layers whose inputs were not observed by channel are left out.
Corrections bias_corrections(const Wiring& wiring, const Plan& plan, const QuantizedWeights& weights, const Observations& observed);

}  // namespace upkeep::quantization
