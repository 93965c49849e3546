#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::Each;

const std::vector<std::vector<std::int64_t>> kAxes = {{0}, {1}, {-1}, {0, 1}, {0, 2}, {-2, 0}, {0, 1, 2}};

// Every choice of axes and keepdims, for axes given as input.
void expect_gradients(const std::string& op, const Tensor& x) {
  for (const std::int64_t keepdims : {0, 1}) {
    SCOPED_TRACE(op + (keepdims ? " keepdims" : ""));
    const std::vector<Attribute> attributes = {{"keepdims", keepdims}};
    for (const auto& axes : kAxes) EXPECT_GRADIENT(op, {x, ints(axes)}, attributes) << testing::PrintToString(axes);
    EXPECT_GRADIENT(op, {x}, attributes);
  }
  EXPECT_GRADIENT(op, {x, ints({})}, {{"noop_with_empty_axes", std::int64_t{1}}});
}

TEST(ReduceSumSquareGradient, MatchesFiniteDifferences) { expect_gradients("ReduceSumSquare", random_tensor({2, 3, 2})); }

TEST(ReduceL2Gradient, MatchesFiniteDifferences) {
  expect_gradients("ReduceL2", random_tensor({2, 3, 2}, {.low = -2, .high = 2, .gap = 0.1}));
}

TEST(ReduceL2Gradient, IsZeroAtTheOrigin) { EXPECT_THAT(gradient("ReduceL2", {Tensor::full(Shape{3}, 0.0f)}), Each(0.0f)); }

TEST(ReduceL1Gradient, MatchesFiniteDifferences) {
  expect_gradients("ReduceL1", random_tensor({2, 3, 2}, {.low = -2, .high = 2, .gap = 0.1}));
}

}  // namespace
}  // namespace upkeep::gradients
