#include <gmock/gmock.h>

#include "graph/onnx.hpp"
#include "train/gradients/finite_differences_test.hpp"
#include "train/gradients/whole_model_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::HasSubstr;

constexpr const char* kLoop = R"(
  g (int64 n, double[2] s, double[2] w) => (double[2] last, double[k, 2] all) {
    limit = Constant <value = double {2.0}> ()
    yes = Constant <value = bool {1}> ()
    last, all = Loop (n, yes, s) <body = b (int64 i, bool before, double[2] s0) => (bool after, double[2] s1, double[2] shown) {
      product = Mul (s0, w)
      number = Cast <to = 11> (i)
      sum = Add (product, number)
      s1 = Sin (sum)
      shown = Mul (s1, s0)
      total = ReduceSum <keepdims = 0> (sum)
      after = Less (total, limit)
    }>
  })";

Tensor loop_trips(std::int64_t n) { return Tensor::scalar(n); }

// Four trips are allowed; the condition ends it earlier for some.
TEST(LoopGradient, GoesBackAsManyStepsAsThereWere) {
  const Model model = double_model(kLoop);
  for (const std::int64_t n : {0, 1, 2, 4})
    EXPECT_MODEL_GRADIENTS(model, {{"n", loop_trips(n)}, {"s", random_tensor({2})}, {"w", random_tensor({2}, {.seed = 2})}}) << n;
}

TEST(LoopGradient, WorksWithoutACondition) {
  const Model model = double_model(R"(
    g (double[2] s, double[2] w) => (double[2] last) {
      n = Constant <value = int64 {3}> ()
      last = Loop (n, , s) <body = b (int64 i, bool before, double[2] s0) => (bool after, double[2] s1) {
        after = Identity (before)
        s1 = Mul (s0, w)
      }>
    })");
  EXPECT_MODEL_GRADIENTS(model, {{"s", random_tensor({2})}, {"w", random_tensor({2}, {.seed = 2})}});
}

TEST(LoopGradient, HasAGradientItself) {
  const Tensors inputs = {{"n", loop_trips(3)}, {"s", random_tensor({2})}, {"w", random_tensor({2}, {.seed = 2})}};
  EXPECT_MODEL_GRADIENTS(gradients_alone(double_model(kLoop), inputs), inputs);
}

TEST(LoopGradient, GoesThroughLoopsInLoops) {
  const Model model = double_model(R"(
    g (int64 n, double[2] s, double[2] w) => (double[2] last) {
      yes = Constant <value = bool {1}> ()
      last = Loop (n, yes, s) <body = outer (int64 i, bool c0, double[2] s0) => (bool c1, double[2] s1) {
        c1 = Identity (c0)
        s1 = Loop (i, c0, s0) <body = inner (int64 j, bool d0, double[2] t0) => (bool d1, double[2] t1) {
          d1 = Identity (d0)
          product = Mul (t0, w)
          t1 = Sin (product)
        }>
      }>
    })");
  EXPECT_MODEL_GRADIENTS(model, {{"n", loop_trips(3)}, {"s", random_tensor({2})}, {"w", random_tensor({2}, {.seed = 2})}});
}

TEST(LoopGradient, FollowsAStateThatGrows) {
  const Model model = double_model(R"(
    g (int64 n, double[1, 2] s, double[2] w) => (double[m, 2] last) {
      yes = Constant <value = bool {1}> ()
      last = Loop (n, yes, s) <body = b (int64 i, bool c0, double[a, 2] s0) => (bool c1, double[d, 2] s1) {
        c1 = Identity (c0)
        sine = Sin (s0)
        product = Mul (sine, w)
        s1 = Concat <axis = 0> (product, s)
      }>
    })");
  for (const std::int64_t n : {0, 1, 3})
    EXPECT_MODEL_GRADIENTS(model, {{"n", loop_trips(n)}, {"s", random_tensor({1, 2})}, {"w", random_tensor({2}, {.seed = 2})}}) << n;
}

TEST(LoopGradient, RefusesAStateThatIsASequence) {
  Model model = model_from_text(R"(
    <ir_version: 10, opset_import: ["": 21]>
    g (int64 n, float[2] s) => (float[m] last) {
      yes = Constant <value = bool {1}> ()
      first = SequenceConstruct (s)
      all = Loop (n, yes, first) <body = b (int64 i, bool c0, seq(float[2]) s0) => (bool c1, seq(float[2]) s1) {
        c1 = Identity (c0)
        sine = Sin (s)
        s1 = SequenceInsert (s0, sine)
      }>
      last = ConcatFromSequence <axis = 0> (all)
    })");
  Ops ops(model);
  try {
    differentiate(ops, {{ops.existing("last"), ops.constant(Tensor::scalar(1.0f))}}, {ops.existing("s")});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("equence"));
  }
}

}  // namespace
}  // namespace upkeep::gradients
