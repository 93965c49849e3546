#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::Each;

TEST(SoftsignGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Softsign", {random_tensor(shape, {.low = -3, .high = 3, .gap = 0.1})});
}

TEST(SoftsignGradient, StaysFiniteFarOut) {
  EXPECT_THAT(gradient("Softsign", {Tensor({2}, std::vector<float>{-1e30f, 1e30f})}), Each(0.0f));
}

}  // namespace
}  // namespace upkeep::gradients
