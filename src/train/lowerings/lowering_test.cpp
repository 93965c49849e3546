#include "train/lowerings/lowering.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "graph/onnx.hpp"
#include "graph/subgraph.hpp"
#include "runtime/session.hpp"
#include "train/gradients/finite_differences_test.hpp"
#include "train/gradients/whole_model_test.hpp"
#include "train/lowerings/written_out_test.hpp"

namespace upkeep::lowerings {
namespace {

constexpr const char* kFunctions = R"(
  <ir_version: 10, opset_import: ["": 21, "own": 1]>
  g (double[n, 2] x, bool c) => (double[n, 2] y) {
    h = own.twice <power = 2.0> (x)
    y = If (c) <then_branch = a () => (double[n, 2] p) { p = own.scaled (h, x) }, else_branch = b () => (double[n, 2] q) { q = Neg (h) }>
  }
  <domain: "own", opset_import: ["": 21]> scaled (a, b) => (c) { s = Sin (a) c = Mul (s, b) }
  <domain: "own", opset_import: ["": 21, "own": 1]> twice <power> (a) => (c) {
    f = Constant <value_float: float = @power> ()
    d = CastLike (f, a)
    e = Mul (a, d)
    c = own.scaled (e, a)
  })";

TEST(Lowered, WritesOutFunctionsInSubgraphsToo) {
  const Model model = model_from_text(kFunctions);
  const Model made = lowered(model);
  verify(made);
  EXPECT_TRUE(made.functions.empty());
  for (const Node& node : made.graph.nodes) {
    EXPECT_TRUE(node.domain.empty()) << node.op;
    for (const GraphPtr& inner : subgraphs(node))
      for (const Node& one : inner->nodes) EXPECT_TRUE(one.domain.empty()) << one.op;
  }
  for (const bool c : {true, false})
    EXPECT_TRUE(same_answers(model, made, {{"x", gradients::random_tensor({3, 2})}, {"c", Tensor(Shape{}, std::vector<bool>{c})}}));
}

TEST(Lowered, WritesOldOperatorSetsInOneThatHasGradients) {
  for (const std::int64_t opset : {7, 9, 12}) {
    Model model =
        model_from_text(R"(<ir_version: 3, opset_import: ["": 9]> g (float[2, 3, 4] x) => (float[2, 3, 4] y) { y = Softmax (x) })");
    model.opsets[""] = opset;
    const Model made = lowered(model);
    verify(made);
    EXPECT_EQ(made.opsets.at(""), 18);
    EXPECT_GE(made.ir_version, 4);
    Tensors given;
    given["x"] = gradients::distinct_tensor({2, 3, 4}).cast(DType::kFloat32);
    const Tensors now = Session(made).run(given), before = Session(model).run(given);
    EXPECT_THAT(now.at("y").floats(), testing::Pointwise(testing::FloatNear(1e-6F), before.at("y").floats()));
  }
  const Model newer = model_from_text(R"(<ir_version: 7, opset_import: ["": 13]> g (float[2] x) => (float[2] y) { y = Relu (x) })");
  EXPECT_EQ(lowered(newer).opsets.at(""), 13);
}

TEST(Lowered, LeavesStandardOperators) {
  const Model model = recurrent_model({}, DType::kFloat32);
  EXPECT_EQ(lowered(model).graph.nodes.size(), 1U);
  EXPECT_EQ(lowered(model).graph.nodes[0].op, "LSTM");
}

TEST(DifferentiateComposites, WritesOutCallsOfFunctionsOnItsWay) {
  const Model model = model_from_text(kFunctions);
  for (const bool c : {true, false})
    EXPECT_MODEL_GRADIENTS(model, {{"x", gradients::random_tensor({3, 2})}, {"c", Tensor(Shape{}, std::vector<bool>{c})}});
}

// MeanVarianceNormalization has no rule: ONNX defines it by others, with float32 constants. What is added to all of x changes nothing, so
// the gradients add up to zero.
TEST(DifferentiateComposites, WritesOutOperatorsThatOnnxDefinesByOthers) {
  const Model model = gradients::double_model(
      "g (float[2, 3, 2, 2] x) => (float[2, 3, 2, 2] y) { y = MeanVarianceNormalization <axes = [0, 1, 2, 3]> (x) }");
  const Tensors inputs = {{"x", gradients::random_tensor({2, 3, 2, 2}).cast(DType::kFloat32)}};
  EXPECT_TRUE(same_answers(model, written_out(model), inputs));
  const Tensor slope = Session(gradients::with_gradients(model, inputs)).run(inputs).at("grad_x");
  double sum = 0;
  double size = 0;
  for (const float one : slope.floats()) sum += one, size += std::abs(one);
  EXPECT_GT(size, 0.1);
  EXPECT_NEAR(sum, 0, 1e-5 * size);
}

}  // namespace
}  // namespace upkeep::lowerings
