#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::ElementsAre;

const RandomRange kAwayFromZero{.low = -2, .high = 2, .gap = 0.1};

TEST(ReluGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Relu", {random_tensor(shape, kAwayFromZero)});
}

TEST(ReluGradient, IsZeroAtZero) { EXPECT_THAT(gradient("Relu", {Tensor({3}, std::vector<float>{-1, 0, 1})}), ElementsAre(0, 0, 1)); }

TEST(LeakyReluGradient, MatchesFiniteDifferences) {
  for (const float alpha : {0.3f, 0.0f, -0.5f, 2.0f}) {
    SCOPED_TRACE(alpha);
    EXPECT_GRADIENT("LeakyRelu", {random_tensor({3, 4}, kAwayFromZero)}, {{"alpha", alpha}});
  }
  EXPECT_GRADIENT("LeakyRelu", {random_tensor({}, kAwayFromZero)});
}

TEST(ThresholdedReluGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("ThresholdedRelu", {Tensor({4}, std::vector<double>{-1, 0.5, 0.9, 1.5})});
  EXPECT_GRADIENT("ThresholdedRelu", {Tensor({4}, std::vector<double>{-1, 0.5, 0.9, 1.5})}, {{"alpha", 0.7f}});
}

// By hand: ONNX Runtime rounds Shrink's float64 to float32, which differences would see.
TEST(ShrinkGradient, FlowsOutsideOfTheGap) {
  const Tensor x({5}, std::vector<float>{-1, -0.3f, 0, 0.5f, 1.5f});
  EXPECT_THAT(gradient("Shrink", {x}), ElementsAre(1, 0, 0, 0, 1));
  EXPECT_THAT(gradient("Shrink", {x}, {{"lambd", 0.2f}, {"bias", 0.1f}}), ElementsAre(1, 1, 0, 1, 1));
}

TEST(PReluGradient, MatchesFiniteDifferences) {
  for (const Shape& slope : {Shape{}, Shape{4}, Shape{3, 1}, Shape{3, 4}}) {
    SCOPED_TRACE(to_string(slope));
    EXPECT_GRADIENT("PRelu", {random_tensor({3, 4}, kAwayFromZero), random_tensor(slope, {.seed = 2})});
  }
}

}  // namespace
}  // namespace upkeep::gradients
