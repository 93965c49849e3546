#include "optimize/prune/shared/residual_blocks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/onnx.hpp"
#include "optimize/optimize_testing.hpp"
#include "optimize/quantize/quantize.hpp"
#include "train/trainer.hpp"

namespace upkeep {

using testing::ElementsAre;
using testing::HasSubstr;

namespace {

// x -> a -> +(b) -> +(c) -> out; the branch of the first sum is three times that of the second.
Model two_blocks() {
  Model model = model_of(R"(layers: [{input: {shape: [2], name: x}}, {dense: {units: 2, name: a}}, {dense: {units: 2, name: b}},
    {add: {name: first, inputs: [b, a]}}, {dense: {units: 2, name: c}}, {add: {name: second, inputs: [first, c]}}, {dense: {units: 1, name: out}}])");
  const Tensor identity(Shape{2, 2}, std::vector<float>{1, 0, 0, 1});
  *model.graph.initializer("a/kernel") = identity;
  *model.graph.initializer("b/kernel") = Tensor(Shape{2, 2}, std::vector<float>{0.3F, 0, 0, 0.3F});
  *model.graph.initializer("c/kernel") = Tensor(Shape{2, 2}, std::vector<float>{0.1F, 0, 0, 0.1F});
  *model.graph.initializer("out/kernel") = Tensor(Shape{2, 1}, std::vector<float>{1, 1});
  return model;
}

Tensors ones() { return {{"x", Tensor(Shape{3, 2}, std::vector<float>(6, 1))}}; }

const char* const kGraph = R"(<ir_version: 10, opset_import: ["": 21]> g (float[n,2] x) => (float[n,2] y)
  <float[2,2] w = {0.1, 0, 0, 0.1}, float[2,2] v = {0.5, 0, 0, 0.5}, float[2] b = {1, 1}> {
    h = MatMul (x, w)
    r = Relu (h)
    s = Add (r, x)
    k = MatMul (s, v)
    t = Add (s, k)
    y = Add (t, b)
  })";

}  // namespace

TEST(ResidualBlocks, AreSumsOfAValueAndWhatIsMadeOfIt) {
  const std::vector<ResidualBlock> blocks = residual_blocks(two_blocks());
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(blocks[0].name, "first");
  EXPECT_EQ(blocks[0].skip, "a");
  EXPECT_THAT(blocks[0].inner, ElementsAre("b"));
  EXPECT_TRUE(residual_blocks(three_layers()).empty());
  // One branch is not made of the other.
  EXPECT_TRUE(residual_blocks(model_of("layers: [{input: {shape: [2], name: x}}, {dense: {units: 2, name: a}}, {dense: {units: 2, name: b, "
                                       "inputs: [x]}}, {add: {inputs: [a, b]}}]"))
                  .empty());
}

TEST(ResidualBlocks, TheLeastImportantGoesAndLayersStay) {
  Model model = two_blocks();
  const std::vector<WeighedBlock> weighed = weighed_blocks(model, ones());
  EXPECT_EQ(weighed[0].block.name, "second");
  EXPECT_NEAR(weighed[0].change, 1 - 1 / 1.1, 1e-5);
  EXPECT_NEAR(weighed[1].change, 1 - 1 / 1.3, 1e-5);
  const Change change = prune_blocks(model, 1, ones());
  EXPECT_THAT(layer_names(architecture_of(model)), ElementsAre("x", "a", "b", "first", "out"));
  EXPECT_NEAR(predict(model, ones()).begin()->second.floats()[0], 2.6, 1e-5);
  EXPECT_EQ(change.facts["removed"][0]["name"], "second");
  EXPECT_EQ(change.facts["parameters_before"].get<int>() - change.facts["parameters"].get<int>(), 6);
}

TEST(ResidualBlocks, GoOneAfterAnotherAsLongAsTheJudgeAllows) {
  const Model model = two_blocks();
  Dataset data;
  std::vector<float> x;
  for (int i = 0; i < 400; ++i) x.push_back(0.9F + 0.001F * static_cast<float>(i % 200));
  data.inputs = {{"x", Tensor(Shape{200, 2}, std::move(x))}};
  data.targets = predict(model, data.inputs).begin()->second;  // 1.43 times the sum of a row
  const auto same = [](const Model& shallower) { return shallower; };
  Change change;
  const Judge judge(model, data, {parse_acceptance("mae:+0.3")}, {.threads = 1});  // 0.26 without the second, 0.86 without both
  const Accepted made = shallowest_accepted(judge, model, data.inputs, same, change, 1);
  EXPECT_TRUE(made.verdict.accepted());
  EXPECT_EQ(change.facts["removed"].size(), 1U);
  EXPECT_EQ(made.verdict.attempts.size(), 2U);
  EXPECT_EQ(residual_blocks(made.model).size(), 1U);
  const Judge strict(model, data, {parse_acceptance("mae:+0.1")}, {.threads = 1});
  EXPECT_FALSE(shallowest_accepted(strict, model, data.inputs, same, change, 1).verdict.accepted());
}

TEST(ResidualBlocks, AreNotWeighedOnRowsWithoutAnAnswer) {
  const Tensor x(Shape{2, 2}, std::vector<float>{1, 1, std::numeric_limits<float>::quiet_NaN(), 1});
  EXPECT_THAT(message_of([&] { weighed_blocks(two_blocks(), {{"x", x}}); }), HasSubstr("no finite answer to row 2"));
}

TEST(ResidualBlocks, AGraphWithoutLayersLosesItsNodes) {
  Model model = model_from_text(kGraph);
  ASSERT_EQ(residual_blocks(model).size(), 2U);
  prune_blocks(model, 1, ones());
  EXPECT_FALSE(model.graph.initializer("w"));
  EXPECT_NEAR(predict(model, ones()).begin()->second.floats()[0], 2.5, 1e-5);
  prune_blocks(model, 1, ones());
  EXPECT_NEAR(predict(model, ones()).begin()->second.floats()[0], 2, 1e-5);
  EXPECT_THAT(message_of([&] { prune_blocks(model, 1, ones()); }), HasSubstr("0 residual blocks"));
}

TEST(ResidualBlocks, OfQuantisedModelsStay) {
  Model model = two_blocks();
  quantize(model, {"static", Json::object()}, {.rows = ones()});
  EXPECT_THAT(message_of([&] { prune_blocks(model, 1, ones()); }), HasSubstr("the model is quantised"));
}

}  // namespace upkeep
