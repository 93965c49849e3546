// Writes a plan into the graph: QuantizeLinear and DequantizeLinear around what becomes integers (the QDQ form).
#pragma once

#include <map>
#include <string>

#include "optimize/quantize/shared/integers.hpp"
#include "optimize/quantize/shared/plan.hpp"

namespace upkeep::quantization {

using Corrections = std::map<std::string, std::vector<float>>;  // by weight: what is added to the bias of each channel
using QuantizedWeights = std::map<std::string, QuantizedWeight>;

struct QdqOptions {
  DType activations = DType::kUInt8;
  std::map<std::string, Parameters> parameters;  // by value
  const QuantizedWeights* weights = nullptr;     // by name
  Corrections corrections = {};
  bool trainable = false;  // weights stay floats, with a QuantizeLinear of their own, and biases floats
};

// The graph of the wiring with the plan in it. A bias becomes int32 with the scale of what the products are summed in:
// scale of the input * scale of the weight (Jacob et al. 2018, section 2.4).
Graph written_as_qdq(Wiring wiring, const Plan& plan, const QdqOptions& options);

}  // namespace upkeep::quantization
