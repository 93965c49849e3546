#include "optimize/quantize/quantize_testing.hpp"

namespace upkeep::quantization {

TEST(DynamicQuantisation, RunsDenseLayersInIntegersWithoutRows) {
  Model model = three_layers(4);
  const Tensor before = answer(model, 5);
  const Change change = quantize(model, {"dynamic", Json::object()}, {});
  EXPECT_EQ(change.facts["integer_operators"], Json({{"DynamicQuantizeMatMul", 3}})) << change.facts.dump(1);
  const Tensor after = answer(model, 5);
  for (std::size_t i = 0; i < before.floats().size(); ++i) EXPECT_NEAR(after.floats()[i], before.floats()[i], 0.05);
}

TEST(DynamicQuantisation, TakesLstmsOfBothDirections) {
  Model model = model_of(R"(layers: [{input: {shape: [5, 3]}}, {bidirectional: {layer: {lstm: {units: 6}}}}, {dense: {units: 2}}])", 2);
  const QuantizeContext context = rows_for(model);
  const Change change = quantize(model, {"dynamic", Json::object()}, context);
  EXPECT_TRUE(change.facts["integer_operators"].contains("DynamicQuantizeLSTM")) << change.facts.dump(1);
  EXPECT_GT(change.facts["sqnr"].begin()->get<double>(), 25);
}

TEST(DynamicQuantisation, TakesConvolutionsWhenAsked) {
  Model model = residual_net();
  const QuantizeContext context = rows_for(model);
  const Change change = quantize(model, {"dynamic", {{"convolutions", true}}}, context);
  EXPECT_EQ(change.facts["integer_operators"]["ConvInteger"], 3) << change.facts.dump(1);
  EXPECT_GT(change.facts["sqnr"].begin()->get<double>(), 25);
}

TEST(DynamicQuantisation, SaysWhyNothingChanges) {
  Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N,1,4,4] x) => (float[N,2,4,4] y) <float[2,1,1,1] w = {3, -5}> { y = Conv(x, w) })");
  EXPECT_THAT(message_of([&] { quantize(model, {"dynamic", Json::object()}, {}); }), testing::HasSubstr("convolutions=true"));
}

}  // namespace upkeep::quantization
