#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::Each;

TEST(TanhGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Tanh", {random_tensor(shape, {.low = -2, .high = 2})});
}

TEST(TanhGradient, IsZeroWhereItIsFlat) { EXPECT_THAT(gradient("Tanh", {Tensor({2}, std::vector<float>{-1e4f, 1e4f})}), Each(0.0f)); }

}  // namespace
}  // namespace upkeep::gradients
