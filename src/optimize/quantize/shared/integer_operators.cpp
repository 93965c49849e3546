#include "optimize/quantize/shared/integer_operators.hpp"

#include <algorithm>
#include <set>

#include "optimize/quantize/shared/plan.hpp"
#include "runtime/optimized_graph.hpp"

namespace upkeep::quantization {

namespace {

bool computes_with_integers(const Node& node) {
  static const std::set<std::string_view> kOthers = {"QGemm",       "MatMulInteger",       "MatMulIntegerToFloat",  "ConvInteger",
                                                     "MatMulNBits", "DynamicQuantizeLSTM", "DynamicQuantizeMatMul", "QAttention"};
  return node.op.starts_with("QLinear") || kOthers.contains(node.op);
}

bool is_float_layer(const Node& node) {
  static const std::set<std::string_view> kOps = {"Conv",   "FusedConv",   "ConvTranspose", "Gemm", "FusedGemm",
                                                  "MatMul", "FusedMatMul", "LSTM",          "GRU",  "RNN"};
  return kOps.contains(node.op);
}

}  // namespace

RuntimeUse use_in_runtime(const Model& model) {
  const Model seen = optimized_by_runtime(model);
  std::set<std::string> weights;  // on their way back to floats
  for (const Node& node : seen.graph.nodes)
    if (node.op == "DequantizeLinear" && seen.graph.initializer(node.inputs[0])) weights.insert(node.outputs[0]);
  RuntimeUse use;
  for (const Node& node : seen.graph.nodes) {
    if (node.op == "QuantizeLinear" || node.op == "DequantizeLinear") ++use.conversions;
    if (computes_with_integers(node)) ++use.integer_operators[node.op];
    if (!is_float_layer(node)) continue;
    ++use.float_operators[node.op];
    if (node.inputs.size() > 1 && weights.contains(node.inputs[1])) use.fell_back.push_back(layer_name(node));
  }
  return use;
}

}  // namespace upkeep::quantization
