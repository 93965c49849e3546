#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::ElementsAre;

TEST(AbsGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Abs", {random_tensor(shape, {.low = -2, .high = 2, .gap = 0.1})});
}

TEST(AbsGradient, IsZeroAtZero) { EXPECT_THAT(gradient("Abs", {Tensor({3}, std::vector<float>{-2, 0, 3})}), ElementsAre(-1, 0, 1)); }

}  // namespace
}  // namespace upkeep::gradients
