#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::ElementsAre;

TEST(ReduceLogSumExpGradient, MatchesFiniteDifferences) {
  expect_reduction_gradients("ReduceLogSumExp", random_tensor({2, 3, 2}, {.low = -2, .high = 2}));
}

TEST(ReduceLogSumExpGradient, StaysFiniteWhereTheExponentialOverflows) {
  EXPECT_THAT(gradient("ReduceLogSumExp", {Tensor({2}, std::vector<float>{1e4f, 0})}), ElementsAre(1, 0));
}

TEST(ReduceLogSumGradient, MatchesFiniteDifferences) {
  expect_reduction_gradients("ReduceLogSum", random_tensor({2, 3, 2}, {.low = 0.5, .high = 2}));
}

}  // namespace
}  // namespace upkeep::gradients
