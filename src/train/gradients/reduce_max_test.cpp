#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::ElementsAre;

TEST(ReduceMaxGradient, MatchesFiniteDifferences) {
  expect_reduction_gradients("ReduceMax", distinct_tensor({2, 3, 2}));
  expect_reduction_gradients("ReduceMin", distinct_tensor({2, 3, 2}));
}

TEST(ReduceMaxGradient, IsSharedByEquals) {
  EXPECT_THAT(gradient("ReduceMax", {Tensor({4}, std::vector<float>{3, 1, 3, 2})}), ElementsAre(0.5f, 0, 0.5f, 0));
}

}  // namespace
}  // namespace upkeep::gradients
