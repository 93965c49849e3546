#include <gmock/gmock.h>

#include "graph/onnx.hpp"
#include "runtime/session.hpp"
#include "train/gradients/finite_differences_test.hpp"
#include "train/gradients/whole_model_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::HasSubstr;

constexpr const char* kBranches = R"(
  g (bool c, double[n, 3] x, double[3] w, double[3] unused) => (double[n, 3] y, double[n, 3] z) {
    shift = Mul (w, w)
    y, z = If (c) <
      then_branch = a () => (double[n, 3] p, double[n, 3] q) { e = Exp (x) p = Mul (e, shift) q = Add (p, w) },
      else_branch = b () => (double[n, 3] r, double[n, 3] s) { r = Mul (x, x) s = Neg (x) }>
  })";

Tensor condition(bool value) { return Tensor(Shape{}, std::vector<bool>{value}); }

TEST(IfGradient, IsThatOfTheBranchThatRan) {
  const Model model = double_model(kBranches);
  for (const bool c : {true, false})
    EXPECT_MODEL_GRADIENTS(model, {{"c", condition(c)},
                                   {"x", random_tensor({2, 3})},
                                   {"w", random_tensor({3}, {.seed = 2})},
                                   {"unused", random_tensor({3}, {.seed = 3})}})
        << c;
}

TEST(IfGradient, GoesThroughBranchesWithoutOperatorsAndThroughNestedOnes) {
  const Model model = double_model(R"(
    g (bool c, bool d, double[2] x, double[2] w) => (double[2] y) {
      square = Mul (x, w)
      y = If (c) <
        then_branch = a () => (double[2] square_out) { square_out = Identity (square) },
        else_branch = b () => (double[2] r) {
          inner = Sin (x)
          r = If (d) <then_branch = e () => (double[2] s) { s = Mul (inner, w) }, else_branch = f () => (double[2] t) { t = Mul (inner, inner) }>
        }>
    })");
  for (const bool c : {true, false})
    for (const bool d : {true, false})
      EXPECT_MODEL_GRADIENTS(model,
                             {{"c", condition(c)}, {"d", condition(d)}, {"x", random_tensor({2})}, {"w", random_tensor({2}, {.seed = 2})}})
          << c << d;
}

TEST(IfGradient, HasAGradientItself) {
  const Model model = double_model(kBranches);
  const Tensors inputs = {{"c", condition(true)},
                          {"x", random_tensor({2, 3})},
                          {"w", random_tensor({3}, {.seed = 2})},
                          {"unused", random_tensor({3}, {.seed = 3})}};
  EXPECT_MODEL_GRADIENTS(gradients_alone(model, inputs), inputs);
}

TEST(IfGradient, RefusesRandomNumbersInABranch) {
  Model model = double_model(R"(
    g (bool c, double[2] x) => (double[2] y) {
      y = If (c) <
        then_branch = a () => (double[2] p) { r = RandomNormalLike (x) p = Mul (x, r) },
        else_branch = b () => (double[2] q) { q = Neg (x) }>
    })");
  Ops ops(model);
  const std::size_t nodes = model.graph.nodes.size();
  try {
    differentiate(ops, {{ops.existing("y"), ops.constant(Tensor::scalar(1.0))}}, {ops.existing("x")});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("RandomNormalLike"));
  }
  EXPECT_EQ(model.graph.nodes.size(), nodes);
}

TEST(IfGradient, NamesEveryOperatorWithoutARuleInItsBranches) {
  Model model = double_model(R"(
    g (bool c, double[2, 2] x) => (double y) {
      y = If (c) <
        then_branch = a () => (double p) { p = com.example.Mystery (x) },
        else_branch = b () => (double q) { q = com.example.Mystery (x) }>
    })");
  model.opsets["com.example"] = 1;
  Ops ops(model);
  try {
    differentiate(ops, ops.existing("y"), {ops.existing("x")}, ops.constant(Tensor::scalar(1.0)));
    FAIL();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_THAT(text, HasSubstr("in the then_branch of If"));
    EXPECT_THAT(text, HasSubstr("in the else_branch of If"));
  }
}

}  // namespace
}  // namespace upkeep::gradients
