#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::ElementsAre;

TEST(HardSwishGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("HardSwish", {random_tensor({3, 4}, {.low = -2.8, .high = 2.8})});
  EXPECT_GRADIENT("HardSwish", {Tensor({4}, std::vector<double>{-9, -3.5, 3.5, 9})});
}

// TensorFlow 2.21: the gradient of x * relu6(x + 3) / 6.
TEST(HardSwishGradient, AtItsKinksIsThatOfKeras) {
  EXPECT_THAT(gradient("HardSwish", {Tensor({2}, std::vector<float>{-3, 3})}), ElementsAre(0, 1));
}

}  // namespace
}  // namespace upkeep::gradients
