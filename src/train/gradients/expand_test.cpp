#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(ExpandGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("Expand", {random_tensor({3}), ints({2, 3})});
  EXPECT_GRADIENT("Expand", {random_tensor({2, 1}), ints({1, 4})});
  EXPECT_GRADIENT("Expand", {random_tensor({}), ints({2, 2})});
  EXPECT_GRADIENT("Expand", {random_tensor({2, 3}), ints({1})});
  EXPECT_GRADIENT("Expand", {random_tensor({1, 3}), ints({0, 3})});
}

}  // namespace
}  // namespace upkeep::gradients
