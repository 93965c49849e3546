#include "optimize/quantize/quantize_testing.hpp"

namespace upkeep::quantization {

TEST(StaticQuantisation, RunsAResidualNetInIntegersFromEndToEnd) {
  Model model = residual_net();
  const QuantizeContext context = rows_for(model);
  const Change change = quantize(model, {"static", Json::object()}, context);
  EXPECT_EQ(change.facts["integer_operators"], Json({{"QGemm", 1}, {"QLinearAdd", 1}, {"QLinearConv", 3}, {"QLinearGlobalAveragePool", 1}}))
      << change.facts.dump(1);
  EXPECT_TRUE(change.facts["float_operators"].empty());
  EXPECT_EQ(change.facts["conversions"], 1);  // of the input
  EXPECT_GT(change.facts["sqnr"].begin()->get<double>(), 25);
  EXPECT_LT(change.facts["weight_bytes"].get<int>(), change.facts["weight_bytes_before"].get<int>() / 2);
}

// y = Conv(x) by hand: one weight, one scale each.
TEST(StaticQuantisation, TakesScalesFromTheRangeOfTheRows) {
  Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N,2] x) => (float[N,1] y) <float[2,1] w = {0.5, -1.27}, float[1] b = {0.1}> { y = Gemm(x, w, b) })");
  const QuantizeContext context{.rows = {{"x", Tensor({2, 2}, std::vector<float>{-1, 0.3F, 1.55F, 0})}}};
  quantize(model, {"static", {{"calibrator", "minmax"}, {"bias_correction", false}}}, context);
  EXPECT_FLOAT_EQ(model.graph.initializer("x/scale")->floats()[0], 2.55F / 255);
  EXPECT_EQ(model.graph.initializer("x/zero_point")->data<std::uint8_t>()[0], 100);
  EXPECT_FLOAT_EQ(model.graph.initializer("w/scale")->floats()[0], 0.01F);
  EXPECT_THAT(model.graph.initializer("w/quantized")->data<std::int8_t>(), testing::ElementsAre(50, -127));
  EXPECT_EQ(model.graph.initializer("b/quantized")->data<std::int32_t>()[0], 1000);  // 0.1 / (0.01 * 0.01)
}

TEST(StaticQuantisation, KeepsLayersThatAreNamed) {
  Model model = residual_net();
  QuantizeContext context = rows_for(model);
  context.keep_float = {"c2*"};
  const Change change = quantize(model, {"static", Json::object()}, context);
  EXPECT_EQ(change.facts["float_operators"].value("Conv", 0) + change.facts["float_operators"].value("FusedConv", 0), 1)
      << change.facts.dump(1);
}

TEST(StaticQuantisation, EndsWhereReluSixCuts) {
  Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N,1,4,4] x) => (float[N,2,4,4] y)
    <float[2,1,1,1] w = {3, -5}, float[2,2,1,1] v = {1, 0.5, -1, 2}, float low = {0}, float high = {6}> {
      c = Conv(x, w)  r = Clip(c, low, high)  y = Conv(r, v) })");
  const Change change = quantize(model, {"static", Json::object()}, rows_for(model));
  EXPECT_EQ(change.facts["integer_operators"]["QLinearConv"], 2) << change.facts.dump(1);
  EXPECT_LE(model.graph.initializer("r/scale")->floats()[0] * 255, 6.0F);
}

TEST(StaticQuantisation, CorrectsTheMeanThatRoundingAdds) {
  Model plain = residual_net(), corrected = residual_net();
  const QuantizeContext context = rows_for(plain);
  const Json minmax = {{"calibrator", "minmax"}, {"bias_correction", false}, {"per_channel", false}};
  Json with = minmax;
  with["bias_correction"] = true;
  const double without = quantize(plain, {"static", minmax}, context).facts["sqnr"].begin()->get<double>();
  EXPECT_GE(quantize(corrected, {"static", with}, context).facts["sqnr"].begin()->get<double>(), without);
}

TEST(StaticQuantisation, TakesSixteenBitsInOperatorSetTwentyOne) {
  Model model = residual_net();
  const QuantizeContext context = rows_for(model);
  const Change change = quantize(model, {"static", {{"activations", "uint16"}}}, context);
  EXPECT_EQ(change.facts["opset"], 21);
  EXPECT_GT(change.facts["sqnr"].begin()->get<double>(), 35);
  EXPECT_THAT(change.notes, testing::Contains(testing::HasSubstr("no kernels")));
}

TEST(StaticQuantisation, KeepsZeroExactWithOtherTypes) {
  for (const char* type : {"uint8"})
    for (const bool symmetric : {false, true}) {
      Model model = residual_net();
      const QuantizeContext context = rows_for(model);
      const Change change =
          quantize(model, {"static", {{"activations", type}, {"symmetric", symmetric}, {"reduce_range", "true"}}}, context);
      EXPECT_EQ(change.facts["integer_operators"].value("QLinearConv", 0), 3) << type << symmetric << change.facts.dump();
      EXPECT_GT(change.facts["sqnr"].begin()->get<double>(), 20);
    }
}

}  // namespace upkeep::quantization
