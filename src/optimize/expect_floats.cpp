#include "optimize/expect_floats.hpp"

#include <algorithm>
#include <array>

#include "base/format.hpp"

namespace upkeep {

void expect_floats(const Model& model) {
  static constexpr std::array kIntegers = {"MatMulInteger", "ConvInteger",           "QLinearMatMul",       "QLinearConv",
                                           "MatMulNBits",   "DynamicQuantizeMatMul", "DynamicQuantizeLSTM", "MatMulIntegerToFloat"};
  const auto quantised = std::ranges::find_if(model.graph.nodes, [&](const Node& node) {
    const bool stored = node.op == "DequantizeLinear" && !node.inputs.empty() && model.graph.initializer(node.inputs[0]);
    return stored || std::ranges::contains(kIntegers, node.op);
  });
  if (quantised == model.graph.nodes.end()) return;
  throw Error(ErrorCode::kFailedPrecondition,
              upkeep::format("the model is quantised: {} \"{}\" computes with integers", quantised->op, quantised->name),
              "change the float model that it was made of, and quantise what comes of it");
}

}  // namespace upkeep
