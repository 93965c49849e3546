// What of a model ONNX Runtime runs as integers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace upkeep::quantization {

struct RuntimeUse {
  std::map<std::string, int> integer_operators;  // operators of the runtime's optimised graph that compute with integers: how many
  std::map<std::string, int> float_operators;    // Conv, Gemm, MatMul, ... that compute in floats
  std::vector<std::string> fell_back;            // those of the model's layers with weights of integers that run in floats
  int conversions = 0;                           // QuantizeLinear and DequantizeLinear that are left
};
RuntimeUse use_in_runtime(const Model& model);

}  // namespace upkeep::quantization
