// Gradients of gradients: what a rule writes has rules itself. Members whose second derivative has a shape of its own test it themselves.

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

const RandomRange kSecondAnywhere{.low = -2, .high = 2, .gap = 0.1};
const RandomRange kSecondPositive{.low = 0.5, .high = 2};
const RandomRange kSecondInsideOne{.low = -0.8, .high = 0.8};

TEST(SecondGradient, MatchesDifferencesForActivations) {
  for (const char* op : {"Celu", "Elu", "Erf", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu", "Mish", "Relu", "Selu", "Sigmoid",
                         "Softplus", "Softsign", "Tanh", "ThresholdedRelu"}) {
    SCOPED_TRACE(op);
    EXPECT_SECOND_GRADIENT(op, {random_tensor({2, 3}, kSecondAnywhere)});
  }
  EXPECT_SECOND_GRADIENT("Gelu", {random_tensor({2, 3}, kSecondAnywhere)}, {{"approximate", std::string("tanh")}});
  EXPECT_SECOND_GRADIENT("PRelu", {random_tensor({2, 3}, kSecondAnywhere), random_tensor({3}, kSecondPositive)});
}

TEST(SecondGradient, MatchesDifferencesForFunctions) {
  for (const char* op : {"Abs", "Neg", "Sin", "Cos", "Exp", "Sinh", "Cosh", "Asinh", "Atan", "Identity"}) {
    SCOPED_TRACE(op);
    EXPECT_SECOND_GRADIENT(op, {random_tensor({2, 3}, kSecondAnywhere)});
  }
  for (const char* op : {"Log", "Sqrt", "Reciprocal"}) EXPECT_SECOND_GRADIENT(op, {random_tensor({3}, kSecondPositive)}) << op;
  for (const char* op : {"Tan", "Asin", "Acos", "Atanh"}) EXPECT_SECOND_GRADIENT(op, {random_tensor({3}, kSecondInsideOne)}) << op;
  EXPECT_SECOND_GRADIENT("Acosh", {random_tensor({3}, {.low = 1.5, .high = 3})});
}

TEST(SecondGradient, MatchesDifferencesForBroadcastOperands) {
  for (const char* op : {"Add", "Sub", "Mul", "Div", "Pow"}) {
    SCOPED_TRACE(op);
    EXPECT_SECOND_GRADIENT(op, {random_tensor({2, 3}, kSecondPositive), random_tensor({3}, {.low = 0.5, .high = 2, .seed = 2})});
    EXPECT_SECOND_GRADIENT(op, {random_tensor({}, kSecondPositive), random_tensor({2, 1}, {.low = 0.5, .high = 2, .seed = 2})});
  }
  for (const char* op : {"Max", "Min", "Sum", "Mean"})
    EXPECT_SECOND_GRADIENT(op, {Tensor({2, 2}, std::vector<double>{1, 4, -3, 2}), Tensor({2}, std::vector<double>{1.5, 1})}) << op;
  const Tensor condition({2, 1}, std::vector<bool>{true, false});
  EXPECT_SECOND_GRADIENT("Where", {condition, random_tensor({2, 3}), random_tensor({3}, {.seed = 2})});
  EXPECT_SECOND_GRADIENT("Clip", {Tensor({3}, std::vector<double>{-2, 0.5, 2}), Tensor::scalar(-1.0), Tensor::scalar(1.0)});
}

TEST(SecondGradient, MatchesDifferencesForProducts) {
  EXPECT_SECOND_GRADIENT("MatMul", {random_tensor({2, 2, 3}), random_tensor({3, 2}, {.seed = 2})});
  EXPECT_SECOND_GRADIENT("MatMul", {random_tensor({3}), random_tensor({2, 3, 2}, {.seed = 2})});
  EXPECT_SECOND_GRADIENT("Gemm", {random_tensor({3, 2}), random_tensor({4, 3}, {.seed = 2}), random_tensor({4}, {.seed = 3})},
                         {{"transA", std::int64_t{1}}, {"transB", std::int64_t{1}}, {"alpha", 0.5f}, {"beta", 2.0f}});
}

TEST(SecondGradient, MatchesDifferencesForReductions) {
  const Tensor x = random_tensor({2, 3}, kSecondPositive);
  for (const char* op : {"ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum",
                         "ReduceSumSquare"}) {
    SCOPED_TRACE(op);
    EXPECT_SECOND_GRADIENT(op, {x, ints({1})}, {{"keepdims", std::int64_t{0}}});
    EXPECT_SECOND_GRADIENT(op, {x});
  }
}

TEST(SecondGradient, MatchesDifferencesForShapes) {
  const Tensor x = random_tensor({2, 3});
  EXPECT_SECOND_GRADIENT("Reshape", {x, ints({3, -1})});
  EXPECT_SECOND_GRADIENT("Transpose", {x});
  EXPECT_SECOND_GRADIENT("Flatten", {x}, {{"axis", std::int64_t{0}}});
  EXPECT_SECOND_GRADIENT("Squeeze", {random_tensor({2, 1}), ints({1})});
  EXPECT_SECOND_GRADIENT("Unsqueeze", {x, ints({1})});
  EXPECT_SECOND_GRADIENT("Expand", {random_tensor({2, 1}), ints({2, 3})});
  EXPECT_SECOND_GRADIENT("Tile", {x, ints({2, 1})});
  EXPECT_SECOND_GRADIENT("Concat", {x, random_tensor({2, 1}, {.seed = 2})}, {{"axis", std::int64_t{1}}});
  EXPECT_SECOND_GRADIENT("Split", {x, ints({1, 2})}, {{"axis", std::int64_t{1}}}, 2);
  EXPECT_SECOND_GRADIENT("CumSum", {x, int_tensor({}, {1})});
  EXPECT_SECOND_GRADIENT("Trilu", {x});
}

}  // namespace
}  // namespace upkeep::gradients
