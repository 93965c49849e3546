#include "optimize/quantize/quantize_testing.hpp"

namespace upkeep::quantization {

TEST(MixedFloat16, HalvesTheWeightsButThoseThatAreKept) {
  Model model = residual_net();
  QuantizeContext context = rows_for(model);
  context.keep_float = {"c2*"};
  const Change change = quantize(model, {"float16", Json::object()}, context);
  EXPECT_GT(change.facts["sqnr"].begin()->get<double>(), 55);
  std::size_t single = 0, half = 0;
  for (const auto& [name, tensor] : model.graph.initializers)
    if (tensor.rank() >= 2) ++(tensor.dtype() == DType::kFloat16 ? half : single);
  EXPECT_EQ(single, 1U);
  EXPECT_EQ(half, 3U);
}

// Sums beyond 65504 overflow: the layer that makes them is the one that goes back.
TEST(MixedFloat16, GivesBackALayerThatOverflows) {
  const Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N,2] x) => (float[N,2] y)
    <float[2,2] large = {60000, 60000, 60000, 50000}, float[2,2] small = {0.5, 1, 2, -1}> {
      a = MatMul(x, large)  b = Tanh(a)  y = MatMul(b, small) })");
  const QuantizeContext context{.rows = {{"x", normal_rows({256, 2})}}};
  Dataset data{.inputs = context.rows, .targets = predict(model, context.rows).at("y")};
  data.target_names = {"a", "b"};
  const Judge judge(model, data, parse_acceptances({"mse:+0.001"}));
  const QuantizedAndJudged result = quantize_judged(model, {"float16", Json::object()}, context, judge);
  EXPECT_TRUE(result.made.verdict.accepted()) << why_not(result.made.verdict);
}

}  // namespace upkeep::quantization
