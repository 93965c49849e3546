#include "optimize/quantize/shared/equalize.hpp"

#include "optimize/quantize/quantize_testing.hpp"

namespace upkeep::quantization {

static double apart(const Model& first, const Model& second, const Tensors& rows) {
  const Tensor a = predict(first, rows).begin()->second, b = predict(second, rows).begin()->second;
  double largest = 0, size = 0;
  for (std::size_t i = 0; i < a.floats().size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(a.floats()[i] - b.floats()[i])));
    size = std::max(size, std::abs(static_cast<double>(a.floats()[i])));
  }
  return largest / size;
}

static Model uneven_net() {
  return model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N,2,4,4] x) => (float[N,2,4,4] y)
    <float[3,2,1,1] a = {100, -50, 0.1, 0.02, 1, 2}, float[3] b = {1, -0.01, 0.5}, float[3,1,1,1] d = {0.01, 30, 1}, float[2,3,1,1] c = {1, 2, 3, -1, -2, 1}> {
      u = Conv(x, a, b)  r = Relu(u)  v = Conv<group = 3>(r, d)  y = Conv(v, c) })");
}

TEST(Equalisation, ComputesTheSameFromEvenWeights) {
  const Model before = uneven_net();
  Model after = before;
  EXPECT_EQ(equalize_layers(after), 2U);
  EXPECT_LT(apart(before, after, rows_for(before).rows), 1e-5);
  const auto a = after.graph.initializer("a")->floats();
  EXPECT_LT(std::abs(a[0]) / std::abs(a[2]), 20);  // was 1000
}

TEST(Equalisation, HelpsWhereAWeightHasOneScale) {
  Model plain = uneven_net(), equal = uneven_net();
  const QuantizeContext context = rows_for(plain);
  Json settings = {{"per_channel", false}, {"equalize", "false"}};
  const double without = quantize(plain, {"static", settings}, context).facts["sqnr"]["y"].get<double>();
  settings["equalize"] = "auto";
  EXPECT_GT(quantize(equal, {"static", settings}, context).facts["sqnr"]["y"].get<double>(), without + 3);
}

TEST(Equalisation, LeavesLayersThatSomebodyElseReads) {
  Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N,2] x) => (float[N,2] y, float[N,2] u) <float[2,2] a = {1,2,3,4}, float[2,2] b = {1,2,3,4}> { u = MatMul(x, a)  y = MatMul(u, b) })");
  EXPECT_EQ(equalize_layers(model), 0U);
}

static Model outlier_net() {
  Model model = model_of(
      "layers: [{input: {shape: [6, 16]}}, {layer_normalization: {name: n}}, {dense: {units: 32, activation: relu}}, {dense: {units: 4}}]",
      6);
  std::vector<float> gamma(16, 1);
  gamma[3] = 80;
  *model.graph.initializer("n/gamma") = Tensor({16}, gamma);
  return model;
}

TEST(Smoothing, TakesOutliersOutOfTheActivations) {
  Model plain = outlier_net(), smooth = outlier_net();
  const QuantizeContext context = rows_for(plain);
  const double without = quantize(plain, {"static", {{"smooth", "false"}}}, context).facts["sqnr"].begin()->get<double>();
  const Change change = quantize(smooth, {"static", Json::object()}, context);
  EXPECT_GT(change.facts["sqnr"].begin()->get<double>(), without + 2) << change.facts.dump(1);
}

}  // namespace upkeep::quantization
