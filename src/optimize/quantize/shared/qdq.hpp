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
  std::map<std::string, DType> other_types = {};  // by value with a scale of its own: where it is not `activations`
  std::map<std::string, Parameters> parameters;   // by value
  const QuantizedWeights* weights = nullptr;      // by name
  Corrections corrections = {};
  bool trainable = false;                       // weights stay floats, with a QuantizeLinear of their own, and biases floats
  std::map<std::string, int> weight_bits = {};  // by name; 8 where it has none
};

// What a DequantizeLinear of constants reads, with one scale or one for each place along an axis; nullopt for others.
std::optional<QuantizedWeight> constant_integers(const Wiring& wiring, const Node& dequantizer);

// A weight that stays a float, and names of constants: its scales and zero points, of the type of its integers.
struct WeightConstants {
  std::string floats;
  std::string scale;
  std::string zero_point;
};
struct WeightRounding {
  std::string integers;    // the value that has them
  std::string zero_point;  // for the DequantizeLinear that reads them
};
WeightRounding add_weight_rounding(Wiring& wiring, const WeightConstants& weight, std::optional<std::size_t> axis, int bits);

// The graph of the wiring with the plan in it. A bias becomes int32 with the scale of what the products are summed in:
// scale of the input * scale of the weight (Jacob et al. 2018, section 2.4).
Graph written_as_qdq(Wiring wiring, const Plan& plan, const QdqOptions& options);

}  // namespace upkeep::quantization
