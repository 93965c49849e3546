// The shapes that are easily forgotten, for every operator that takes each element by itself.

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(ElementwiseGradient, MatchesFiniteDifferencesForScalarsAndEmptyTensors) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{0}, Shape{2, 0, 3}, Shape{2, 1, 3}}) {
    SCOPED_TRACE(to_string(shape));
    const Tensor x = random_tensor(shape, {.low = 0.55, .high = 0.9});  // inside every domain, away from every kink
    for (const char* op :
         {"Abs",     "Acos", "Asin",        "Asinh",     "Atan",     "Atanh",     "Celu", "Clip", "Cos",  "Cosh",           "Elu",  "Erf",
          "Exp",     "Gelu", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu", "Log",  "Mish", "Neg",  "Reciprocal",     "Relu", "Selu",
          "Sigmoid", "Sign", "Sin",         "Sinh",      "Softplus", "Softsign",  "Sqrt", "Tan",  "Tanh", "ThresholdedRelu"})
      EXPECT_GRADIENT(op, {x}) << op;
    EXPECT_GRADIENT("Acosh", {random_tensor(shape, {.low = 1.5, .high = 3})});
    EXPECT_GRADIENT("PRelu", {x, random_tensor(shape.empty() ? Shape{} : Shape{1}, {.seed = 2})});
  }
}

TEST(BroadcastGradient, MatchesFiniteDifferencesForScalarsAndEmptyTensors) {
  const std::vector<std::pair<Shape, Shape>> pairs = {{{}, {}}, {{}, {1}}, {{0}, {}}, {{0, 3}, {3}}, {{2, 1, 3}, {4, 1}}, {{1}, {2, 0}}};
  for (const auto& [a, b] : pairs) {
    SCOPED_TRACE(to_string(a) + " " + to_string(b));
    const Tensor left = random_tensor(a, {.low = 2.1, .high = 2.9});
    const Tensor right = random_tensor(b, {.low = 0.7, .high = 0.95, .seed = 2});
    for (const char* op : {"Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum", "Mean"}) EXPECT_GRADIENT(op, {left, right}) << op;
    EXPECT_GRADIENT("Where", {Tensor({1}, std::vector<bool>{true}), left, right});
    EXPECT_GRADIENT("Mod", {left, right}, {{"fmod", std::int64_t{1}}});
  }
}

}  // namespace
}  // namespace upkeep::gradients
