#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(LpNormalizationGradient, MatchesFiniteDifferences) {
  for (const std::int64_t p : {1, 2})
    for (const std::int64_t axis : {-1, 0, 1})
      EXPECT_GRADIENT("LpNormalization", {random_tensor({2, 3, 2}, {.gap = 0.2})}, {{"p", p}, {"axis", axis}}) << p << " along " << axis;
}

TEST(LpNormalizationGradient, HasAGradientItself) {
  const Expression first = [](Ops& ops, const std::vector<Value>& inputs) {  // of y^3: the sum of squares is constant
    const Value y = ops.node("LpNormalization", {inputs[0]});
    return differentiate(ops, ops.reduce_sum(ops.mul(ops.mul(y, y), y), {}), {inputs[0]});
  };
  EXPECT_GRADIENT(first, {random_tensor({2, 3}, {.gap = 0.2})});
}

TEST(LpNormalizationGradient, IsFiniteWhereXIsZero) {
  EXPECT_THAT(gradient("LpNormalization", {Tensor::full(Shape{1, 2}, 0.0f)}), testing::ElementsAre(1, 1));
}

TEST(LrnGradient, MatchesFiniteDifferences) {
  for (const std::int64_t size : {1, 3, 5})  // ONNX Runtime refuses even ones
    for (const Shape& shape : {Shape{2, 4, 2, 2}, Shape{1, 3, 1, 2}})
      EXPECT_GRADIENT("LRN", {random_tensor(shape)}, {{"size", size}, {"alpha", 0.5f}, {"beta", 0.6f}, {"bias", 1.5f}})
          << size << to_string(shape);
  EXPECT_SECOND_GRADIENT("LRN", {random_tensor({1, 3, 1, 2})}, {{"size", std::int64_t{3}}, {"alpha", 0.5f}});
}

}  // namespace
}  // namespace upkeep::gradients
