#include "optimize/quantize/quantize_testing.hpp"
#include "optimize/rewrites/rewrite_testing.hpp"

namespace upkeep::quantization {

TEST(Dequantize, GivesTheFloatModelBack) {
  const Model before = residual_net();
  Model model = before;
  const QuantizeContext context = rows_for(model);
  quantize(model, {"static", Json::object()}, context);
  rewrite(model, {"dequantize", Json::object()});
  for (const Node& node : model.graph.nodes) EXPECT_FALSE(node.op.ends_with("tizeLinear")) << node.op;
  EXPECT_GT(least_of(sqnr_of(predict(before, context.rows), predict(model, context.rows))), 35);  // of the weights' rounding alone
  EXPECT_EQ(count_of(model, "Relu"), 2U);
}

TEST(Dequantize, GivesPadsAndSixBack) {
  const Model before = model_of(
      "layers: [{input: {shape: [6, 6, 2]}}, {conv2d: {filters: 3, kernel_size: 3, activation: relu6}}, {zero_padding2d: {padding: 1}}, "
      "{max_pooling2d: {}}, {conv2d: {filters: 2, kernel_size: 1}}]",
      3);
  Model model = before;
  QuantizeContext context = rows_for(model);
  std::vector<float> large(context.rows.begin()->second.floats().begin(), context.rows.begin()->second.floats().end());
  for (float& value : large) value *= 20;
  context.rows.begin()->second = Tensor(context.rows.begin()->second.shape(), large);
  quantize(model, {"static", {{"calibrator", "minmax"}}}, context);
  rewrite(model, {"dequantize", Json::object()});
  EXPECT_EQ(count_of(model, "Clip"), 1U);
  EXPECT_GT(least_of(sqnr_of(predict(before, context.rows), predict(model, context.rows))), 30);
}

// The weights' rounding alone is left: far less than that of the activations.
TEST(Dequantize, GivesTheFloatModelOfDynamicRangesBack) {
  for (const char* yaml :
       {"layers: [{input: {shape: [6]}}, {dense: {units: 8, activation: relu}}, {dense: {units: 3}}]",
        "layers: [{input: {shape: [6, 6, 2]}}, {conv2d: {filters: 5, kernel_size: 3, strides: 2}}, {flatten: {}}, {dense: {units: 3}}]",
        "layers: [{input: {shape: [5, 4]}}, {bidirectional: {layer: {lstm: {units: 6}}}}, {dense: {units: 3}}]"})
    for (const bool per_channel : {true, false}) {
      const Model before = model_of(yaml, 3);
      Model model = before;
      const QuantizeContext context = rows_for(model);
      quantize(model, {"dynamic", {{"convolutions", true}, {"per_channel", per_channel}}}, context);
      EXPECT_GE(rewrite(model, {"dequantize", Json::object()}).facts["places"], 2) << yaml;
      for (const Node& node : model.graph.nodes) EXPECT_FALSE(node.op.contains("Integer") || node.op.starts_with("Dynamic")) << node.op;
      EXPECT_GT(least_of(sqnr_of(predict(before, context.rows), predict(model, context.rows))), per_channel ? 40 : 33) << yaml;
    }
}

TEST(Dequantize, LeavesFloatModels) {
  Model model = three_layers();
  EXPECT_EQ(rewrite(model, {"dequantize", Json::object()}).facts["places"], 0);
}

}  // namespace upkeep::quantization
