#include "train/gradients/gradient.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "graph/onnx.hpp"
#include "runtime/session.hpp"
#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Not;

Tensor floats(std::vector<float> values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  return Tensor(shape, std::move(values));
}

class Differentiate : public testing::Test {
 protected:
  std::vector<float> run(const Tensors& inputs, const std::string& output) {
    const Tensor made = Session(model, {.threads = 1}).run(inputs, {output}).at(output);
    return {made.floats().begin(), made.floats().end()};
  }

  Model model;
  Ops ops{model};
};

TEST_F(Differentiate, AddsUpWhatArrivesOnSeveralWays) {
  const Value x = ops.input("x", DType::kFloat32, {2});
  const Value y = ops.add(ops.add(ops.exp(x), ops.mul(x, 3.0f)), ops.mul(x, x));  // e^x + 3 + 2x
  ops.output(differentiate(ops, ops.reduce_sum(y, {}), {x})[0], "gradient");
  EXPECT_EQ(count(model, "Sum"), 1);
  EXPECT_THAT(run({{"x", floats({0, 1})}}, "gradient"), ElementsAre(FloatNear(4, 1e-6f), FloatNear(std::exp(1.0f) + 5, 1e-5f)));
}

TEST_F(Differentiate, GivesTheGradientOfAnInnerValue) {
  const Value x = ops.input("x", DType::kFloat32, {1});
  const Value h = ops.mul(x, 3.0f);
  const Value loss = ops.reduce_sum(ops.mul(h, h), {});
  const std::vector<Value> gradients = differentiate(ops, loss, {h, x, loss});
  ops.output(gradients[0], "dh"), ops.output(gradients[1], "dx"), ops.output(gradients[2], "dloss");
  EXPECT_THAT(run({{"x", floats({2})}}, "dh"), ElementsAre(12));
  EXPECT_THAT(run({{"x", floats({2})}}, "dx"), ElementsAre(36));
  EXPECT_THAT(run({{"x", floats({2})}}, "dloss"), ElementsAre(1));
}

TEST_F(Differentiate, GivesZerosWhereThereIsNoInfluence) {
  const Value x = ops.input("x", DType::kFloat32, {2});
  const Value other = ops.input("other", DType::kFloat32, {"batch", 2});
  const Value shape = ops.cast(ops.shape(other), DType::kFloat32);  // through integers: no gradient
  const Value loss = ops.add(ops.reduce_sum(x, {}), ops.reduce_sum(shape, {}));
  ops.output(differentiate(ops, loss, {other})[0], "gradient");
  const Tensor made = Session(model).run({{"x", floats({1, 2})}, {"other", Tensor::full(Shape{3, 2}, 1.0f)}}, {"gradient"}).at("gradient");
  EXPECT_EQ(made.shape(), (Shape{3, 2}));
  EXPECT_THAT(made.floats(), Each(0.0f));
}

TEST_F(Differentiate, StretchesAGradientThatIsOneNumberToTheShapeOfItsValue) {
  const Value x = ops.input("x", DType::kFloat32, {"batch", 3});
  ops.output(differentiate(ops, ops.reduce_sum(x, {}), {x})[0], "gradient");
  const Tensor made = Session(model).run({{"x", Tensor::full(Shape{2, 3}, 5.0f)}}).at("gradient");
  EXPECT_EQ(made, Tensor::full(Shape{2, 3}, 1.0f));
}

TEST_F(Differentiate, TakesAGradientThatArrivesFromOutside) {
  const Value x = ops.input("x", DType::kFloat32, {2});
  const Value y = ops.mul(x, x);
  const Value incoming = ops.input("y_grad", DType::kFloat32, {2});
  ops.output(differentiate(ops, y, {x}, incoming)[0], "gradient");
  EXPECT_THAT(run({{"x", floats({1, 2})}, {"y_grad", floats({10, 100})}}, "gradient"), ElementsAre(20, 400));
}

// d/dx tanh(x)^2 = 2t (1 - t^2), and once more: 2 (1 - t^2) (1 - 3t^2)
TEST_F(Differentiate, CanBeAppliedToItsOwnResult) {
  const Value x = ops.input("x", DType::kFloat32, {3});
  const Value t = ops.tanh(x);
  const Value first = differentiate(ops, ops.reduce_sum(ops.mul(t, t), {}), {x})[0];
  const Value second = differentiate(ops, ops.reduce_sum(first, {}), {x})[0];
  ops.output(first, "first"), ops.output(second, "second");
  const std::vector<float> at = {-1.5f, 0.25f, 0.75f};
  const std::vector<float> once = run({{"x", floats(at)}}, "first");
  const std::vector<float> twice = run({{"x", floats(at)}}, "second");
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double y = std::tanh(static_cast<double>(at[i]));
    EXPECT_NEAR(once[i], 2 * y * (1 - y * y), 1e-6);
    EXPECT_NEAR(twice[i], 2 * (1 - y * y) * (1 - 3 * y * y), 1e-5);
  }
}

// Hessian of sum((x W)^2) in x times the ones vector: 2 W W^T summed over rows.
TEST_F(Differentiate, GivesSecondDerivativesThroughMatrixProducts) {
  const Value x = ops.input("x", DType::kFloat32, {"batch", 2});
  const Value w = ops.initializer("w", Tensor({2, 2}, std::vector<float>{1, 2, 3, 4}));
  const Value y = ops.gemm(x, w, {}, false, false);
  const Value first = differentiate(ops, ops.reduce_sum(ops.mul(y, y), {}), {x})[0];
  ops.output(differentiate(ops, ops.reduce_sum(first, {}), {x})[0], "second");
  // W W^T = {{5, 11}, {11, 25}}
  EXPECT_THAT(run({{"x", Tensor({1, 2}, std::vector<float>{7, 9})}}, "second"), ElementsAre(32, 72));
}

TEST_F(Differentiate, AppendsNothingWhenARuleRefuses) {
  const Value x = ops.input("x", DType::kFloat32, {"n", "n"});
  const Value loss = ops.node("Det", {ops.exp(x)});  // of matrices of unknown size
  const std::size_t nodes = model.graph.nodes.size();
  EXPECT_THROW(differentiate(ops, loss, {x}), Error);
  EXPECT_EQ(model.graph.nodes.size(), nodes);
}

TEST(DifferentiateForeignGraphs, ListsEveryOperatorWithoutARuleAndAppendsNothing) {
  Model model = model_from_text(R"(
    <ir_version: 10, opset_import: ["": 21, "com.example": 1]>
    g (float[4] x, float other) => (float loss) <float[2] pooled, float total, float unrelated> {
      pooled = com.example.Pool (x)
      total = com.example.Total (pooled)
      unrelated = com.example.Total (other)
      loss = Add (total, unrelated)
    })");
  model.graph.nodes[0].name = "pool/Pool";
  model.graph.nodes[1].name = "Total";
  model.graph.nodes[2].name = "Total_1";
  Ops ops(model);
  try {
    differentiate(ops, ops.existing("loss"), {ops.existing("x")});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr("com.example:Pool \"pool/Pool\" of layer \"pool\""));
    EXPECT_THAT(error.what(), HasSubstr("com.example:Total \"Total\""));
    EXPECT_THAT(error.what(), Not(HasSubstr("Total_1")));
  }
  EXPECT_EQ(model.graph.nodes.size(), 4u);
}

TEST(DifferentiateForeignGraphs, RefusesOldOperatorSets) {
  Model model =
      model_from_text(R"(<ir_version: 7, opset_import: ["": 11]> g (float[2] x) => (float y) { y = ReduceSum <keepdims = 0> (x) })");
  Ops ops(model);
  try {
    differentiate(ops, ops.existing("y"), {ops.existing("x")});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("operator set 11"));
  }
}

TEST(DifferentiateForeignGraphs, RaisesAnOlderOperatorSetThatTheRulesNeed) {
  Model model = model_from_text(R"(
    <ir_version: 7, opset_import: ["": 13]>
    g (float[3, 2] x, int64[2] i) => (float y) { rows = Gather (x, i)
      m = ReduceMax <axes = [1], keepdims = 0> (rows)
      y = ReduceSum <keepdims = 0> (m) })");
  Ops ops(model);
  ops.output(differentiate(ops, ops.existing("y"), {ops.existing("x")})[0], "gradient");
  EXPECT_EQ(model.opsets[""], 18);
  const Tensors made = Session(model).run({{"x", Tensor({3, 2}, std::vector<float>{1, 2, 3, 4, 6, 5})}, {"i", ints({2, 2})}});
  EXPECT_EQ(made.at("y"), Tensor::scalar(12.0f));
  EXPECT_EQ(made.at("gradient"), Tensor({3, 2}, std::vector<float>{0, 0, 0, 0, 2, 0}));
}

// Operator set 13: axes of a mean are an attribute.
TEST(DifferentiateForeignGraphs, ReadsAxesFromAttributesToo) {
  Model model = model_from_text(R"(
    <ir_version: 7, opset_import: ["": 13]>
    g (float[batch, 4] x) => (float y) { m = ReduceMean <axes = [1], keepdims = 0> (x)
      y = ReduceSum <keepdims = 0> (m) })");
  Ops ops(model);
  ops.output(differentiate(ops, ops.existing("y"), {ops.existing("x")})[0], "gradient");
  const Tensors made = Session(model).run({{"x", Tensor::full(Shape{3, 4}, 1.0f)}}, {"gradient"});
  EXPECT_EQ(made.at("gradient"), Tensor::full(Shape{3, 4}, 0.25f));
}

TEST_F(Differentiate, RefusesWhatHasNoGradient) {
  const Value x = ops.input("x", DType::kFloat32, {2});
  const Value i = ops.input("i", DType::kInt64, {2});
  EXPECT_THROW(differentiate(ops, x, {x}), Error);  // two numbers
  EXPECT_THROW(differentiate(ops, ops.reduce_sum(x, {}), {i}), Error);
  EXPECT_THROW(differentiate(ops, ops.reduce_sum(i, {}), {x}), Error);
}

// A network of two dense layers and its mean squared error: 6 operators forward, 12 backward.
TEST_F(Differentiate, WritesNoMoreThanAPersonWould) {
  const Value x = ops.input("x", DType::kFloat32, {"batch", 10});
  const Value targets = ops.input("targets", DType::kFloat32, {"batch", 1});
  const Value w1 = ops.input("dense/kernel", DType::kFloat32, {10, 10});
  const Value b1 = ops.input("dense/bias", DType::kFloat32, {10});
  const Value w2 = ops.input("dense_1/kernel", DType::kFloat32, {10, 1});
  const Value b2 = ops.input("dense_1/bias", DType::kFloat32, {1});
  const Value h = ops.relu(ops.gemm(x, w1, b1, false, false));
  const Value error = ops.sub(ops.gemm(h, w2, b2, false, false), targets);
  const Value loss = ops.reduce_mean(ops.mul(error, error), {});
  differentiate(ops, loss, {w1, b1, w2, b2});
  std::vector<std::string> made;
  for (std::size_t i = 6; i < model.graph.nodes.size(); ++i) made.push_back(model.graph.nodes[i].op);
  EXPECT_THAT(made, testing::UnorderedElementsAre("Size", "Cast", "Div", "Mul",  // 2/N * error
                                                  "Gemm", "ReduceSum", "Gemm",   // second layer: weights, bias, inputs
                                                  "Greater", "Cast", "Mul",      // Relu
                                                  "Gemm", "ReduceSum"));         // first layer: weights, bias
}

}  // namespace
}  // namespace upkeep::gradients
