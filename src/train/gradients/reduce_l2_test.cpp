#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::Each;

TEST(ReduceSumSquareGradient, MatchesFiniteDifferences) { expect_reduction_gradients("ReduceSumSquare", random_tensor({2, 3, 2})); }

TEST(ReduceL2Gradient, MatchesFiniteDifferences) {
  expect_reduction_gradients("ReduceL2", random_tensor({2, 3, 2}, {.low = -2, .high = 2, .gap = 0.1}));
}

TEST(ReduceL2Gradient, IsZeroAtTheOrigin) { EXPECT_THAT(gradient("ReduceL2", {Tensor::full(Shape{3}, 0.0f)}), Each(0.0f)); }

TEST(ReduceL1Gradient, MatchesFiniteDifferences) {
  expect_reduction_gradients("ReduceL1", random_tensor({2, 3, 2}, {.low = -2, .high = 2, .gap = 0.1}));
}

}  // namespace
}  // namespace upkeep::gradients
