#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(WhereGradient, MatchesFiniteDifferences) {
  const Tensor condition({2, 2}, std::vector<bool>{true, false, false, true});
  EXPECT_GRADIENT("Where", {condition, random_tensor({2, 2}), random_tensor({2, 2}, {.seed = 2})});
  EXPECT_GRADIENT("Where", {condition, random_tensor({2}), random_tensor({}, {.seed = 2})});
  EXPECT_GRADIENT("Where", {Tensor({2, 1}, std::vector<bool>{true, false}), random_tensor({2, 3}), random_tensor({3}, {.seed = 2})});
  EXPECT_GRADIENT("Where", {Tensor::scalar(true), random_tensor({2}), random_tensor({2}, {.seed = 2})});
}

}  // namespace
}  // namespace upkeep::gradients
