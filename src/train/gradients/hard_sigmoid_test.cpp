#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::Each;

TEST(HardSigmoidGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("HardSigmoid", {random_tensor(shape, {.low = -2, .high = 2})});
}

TEST(HardSigmoidGradient, MatchesFiniteDifferencesForOtherSlopes) {
  EXPECT_GRADIENT("HardSigmoid", {Tensor({4}, std::vector<double>{-4, -2, 1, 4})}, {{"alpha", 1.0f / 6}, {"beta", 0.5f}});
  EXPECT_GRADIENT("HardSigmoid", {Tensor({3}, std::vector<double>{-4, 0.2, 4})}, {{"alpha", -0.5f}, {"beta", 0.4f}});
}

TEST(HardSigmoidGradient, IsZeroFromTheEndsOfTheSlopeOn) {
  EXPECT_THAT(gradient("HardSigmoid", {Tensor({4}, std::vector<float>{-1, -0.5f, 0.5f, 1})}, {{"alpha", 1.0f}, {"beta", 0.5f}}),
              Each(0.0f));
}

}  // namespace
}  // namespace upkeep::gradients
