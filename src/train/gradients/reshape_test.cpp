#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::Each;

TEST(ReshapeGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("Reshape", {random_tensor({2, 3}), ints({3, 2})});
  EXPECT_GRADIENT("Reshape", {random_tensor({2, 3}), ints({-1})});
  EXPECT_GRADIENT("Reshape", {random_tensor({2, 3, 2}), ints({0, -1})});
  EXPECT_GRADIENT("Reshape", {random_tensor({}), ints({1, 1})});
  EXPECT_GRADIENT("Reshape", {random_tensor({2, 0}), ints({0, 3})}, {{"allowzero", std::int64_t{1}}});
}

TEST(FlattenGradient, MatchesFiniteDifferences) {
  for (const std::int64_t axis : {0, 1, 2, 3, -1}) {
    SCOPED_TRACE(axis);
    EXPECT_GRADIENT("Flatten", {random_tensor({2, 3, 2})}, {{"axis", axis}});
  }
}

TEST(SqueezeGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("Squeeze", {random_tensor({1, 3, 1}), ints({0})});
  EXPECT_GRADIENT("Squeeze", {random_tensor({1, 3, 1}), ints({-1, 0})});
  EXPECT_GRADIENT("Unsqueeze", {random_tensor({3}), ints({0})});
  EXPECT_GRADIENT("Unsqueeze", {random_tensor({3}), ints({-1, 0})});
}

TEST(SqueezeGradient, FollowsEveryAxisOfSizeOne) {
  EXPECT_THAT(gradient("Squeeze", {Tensor({1, 3, 1}, std::vector<float>{1, 2, 3})}), Each(1.0f));
}

}  // namespace
}  // namespace upkeep::gradients
