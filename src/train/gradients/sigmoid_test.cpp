#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::Each;

TEST(SigmoidGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Sigmoid", {random_tensor(shape, {.low = -4, .high = 4})});
}

TEST(SigmoidGradient, StaysFiniteWhereTheExponentialOverflows) {
  EXPECT_THAT(gradient("Sigmoid", {Tensor({2}, std::vector<float>{-1e4f, 1e4f})}), Each(0.0f));
}

}  // namespace
}  // namespace upkeep::gradients
