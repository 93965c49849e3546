#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::ElementsAre;

TEST(MishGradient, MatchesFiniteDifferences) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 0, 3}})
    EXPECT_GRADIENT("Mish", {random_tensor(shape, {.low = -3, .high = 3})});
}

TEST(MishGradient, StaysFiniteFarOut) { EXPECT_THAT(gradient("Mish", {Tensor({2}, std::vector<float>{-1e4f, 1e4f})}), ElementsAre(0, 1)); }

}  // namespace
}  // namespace upkeep::gradients
