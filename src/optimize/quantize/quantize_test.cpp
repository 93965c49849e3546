#include <cmath>

#include "graph/notes.hpp"
#include "optimize/quantize/quantize_testing.hpp"

namespace upkeep::quantization {

TEST(Quantize, RefusesWeightsThatAreNotFinite) {
  for (const char* method : {"static", "dynamic", "weight-only", "codebook", "float16"}) {
    Model model = three_layers();
    for (auto& [name, tensor] : model.graph.initializers)
      if (tensor.rank() == 2) {
        std::vector<float> values(tensor.floats().begin(), tensor.floats().end());
        values[1] = std::numeric_limits<float>::quiet_NaN();
        tensor = Tensor(tensor.shape(), values);
        break;
      }
    const QuantizeContext context = rows_for(model);
    EXPECT_THAT(message_of([&] { quantize(model, {method, Json::object()}, context); }), testing::HasSubstr("not finite")) << method;
  }
}

TEST(Quantise, RefusesAModelThatIsQuantisedAlready) {
  Model model = three_layers();
  const QuantizeContext context = rows_for(model);
  quantize(model, {"static", Json::object()}, context);
  EXPECT_THAT(message_of([&] { quantize(model, {"dynamic", Json::object()}, {}); }), testing::HasSubstr("quantised already"));
}

TEST(Quantise, NamesRowAndPlaceOfNan) {
  Model model = three_layers();
  QuantizeContext context = rows_for(model, 3);
  std::vector<float> values(12, 1);
  values[6] = std::nanf("");
  context.rows.begin()->second = Tensor({3, 4}, values);
  EXPECT_THAT(message_of([&] { quantize(model, {"static", Json::object()}, context); }),
              testing::AllOf(testing::HasSubstr("row 2"), testing::HasSubstr("element 2")));
}

TEST(Quantise, RefusesAModelWithoutLayersAndRowsThatAreMissing) {
  Model model = model_from_text(R"(<ir_version: 8, opset_import: ["": 17]> g (float[N] x) => (float[N] y) { y = Exp(x) })");
  EXPECT_THAT(message_of([&] { quantize(model, {"dynamic", Json::object()}, {}); }), testing::HasSubstr("no layer"));
  Model layers = three_layers();
  EXPECT_THAT(message_of([&] { quantize(layers, {"static", Json::object()}, {}); }), testing::HasSubstr("rows"));
  QuantizeContext context = rows_for(layers);
  context.keep_float = {"dens"};
  EXPECT_THAT(message_of([&] { quantize(layers, {"static", Json::object()}, context); }), testing::HasSubstr("dens"));
}

TEST(Quantise, LeavesSubgraphsInFloatsAndSaysSo) {
  Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N,2] x, bool flag) => (float[N,2] y) <float[2,2] w = {1,2,3,4}> {
      d = MatMul(x, w)
      y = If(flag) <then_branch = t () => (float[N,2] a) { a = MatMul(d, w) }, else_branch = e () => (float[N,2] b) { b = Identity(d) }>
    })");
  const QuantizeContext context{.rows = {{"x", normal_rows({8, 2})}, {"flag", Tensor(Shape{}, std::vector<bool>{true})}}};
  const Change change = quantize(model, {"static", Json::object()}, context);
  EXPECT_THAT(change.notes, testing::Contains(testing::HasSubstr("inside of If")));
  EXPECT_GT(change.facts["sqnr"]["y"].get<double>(), 20);
}

Dataset own_answers(const Model& model, const Tensors& rows, const std::string& output) {
  Dataset data{.inputs = rows, .targets = predict(model, rows).at(output)};
  data.target_names = {"a", "b"};
  return data;
}

// The first layer's weights are so uneven that one scale for all of them loses most; it is the one that goes back.
TEST(Quantise, GivesBackTheLayerWithTheLargestErrorUntilTheResultIsAccepted) {
  const Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N,2] x) => (float[N,2] y)
    <float[2,2] bad = {1000, 0.11, 0, 0.23}, float[2,2] scale = {0.001, 0, 0, 1}, float[2,2] good = {1, 0.5, 0.25, -1}> {
      a = MatMul(x, bad)  b = MatMul(a, scale)  y = MatMul(b, good) })");
  const QuantizeContext context{.rows = {{"x", normal_rows({256, 2})}}};
  const Judge judge(model, own_answers(model, context.rows, "y"), parse_acceptances({"mse:+0.005"}));
  const QuantizedAndJudged result = quantize_judged(model, {"dynamic", {{"per_channel", false}}}, context, judge);
  ASSERT_TRUE(result.made.verdict.accepted()) << why_not(result.made.verdict);
  EXPECT_EQ(result.change.facts["layers"][0]["kept"], "its error was not accepted") << result.change.facts.dump(1);
  EXPECT_TRUE(result.change.facts["layers"][0].contains("sqnr"));
}

TEST(Quantise, RefusesWhatNoFormOfItKeeps) {
  const Model model = three_layers();
  const QuantizeContext context = rows_for(model, 128);
  const Judge judge(model, own_answers(model, context.rows, model.graph.outputs[0].name), parse_acceptances({"mse:+1e-12"}));
  const QuantizedAndJudged result = quantize_judged(model, {"static", Json::object()}, context, judge);
  EXPECT_FALSE(result.made.verdict.accepted());
}

TEST(Quantise, MeasuresEachLayerAlone) {
  Model model = residual_net();
  QuantizeContext context = rows_for(model);
  context.sensitivity = true;
  const Change change = quantize(model, {"static", Json::object()}, context);
  const double together = change.facts["sqnr"].begin()->get<double>();
  for (const Json& layer : change.facts["layers"]) EXPECT_GT(layer["sqnr"].get<double>(), together - 1) << layer.dump();
}

TEST(Quantise, LeavesCallsOfFunctionsInFloatsAndSaysSo) {
  Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17, "mine": 1]>
    g (float[N,2] x) => (float[N,2] y) <float[2,2] w = {1,2,3,4}> { a = mine.Dense(x, w)  y = MatMul(a, w) }
    <domain: "mine", opset_import: ["": 17]>
    Dense (p, q) => (r) { r = MatMul(p, q) })");
  const Change change = quantize(model, {"static", Json::object()}, {.rows = {{"x", normal_rows({16, 2})}}});
  EXPECT_THAT(change.notes, testing::Contains(testing::HasSubstr("function Dense")));
  EXPECT_EQ(change.facts["integer_operators"], Json({{"MatMulIntegerToFloat", 1}}));
}

}  // namespace upkeep::quantization
