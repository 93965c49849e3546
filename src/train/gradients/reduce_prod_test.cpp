#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::ElementsAre;

TEST(ReduceProdGradient, MatchesFiniteDifferences) {
  expect_reduction_gradients("ReduceProd", random_tensor({2, 3, 2}, {.low = -2, .high = 2}));
  EXPECT_GRADIENT("ReduceProd", {random_tensor({})});
  EXPECT_GRADIENT("ReduceProd", {random_tensor({0, 3}), ints({0})});
  EXPECT_GRADIENT_AT(13, "ReduceProd", {random_tensor({2, 3})}, {{"axes", std::vector<std::int64_t>{-1}}});
}

TEST(ReduceProdGradient, IsRightWhereFactorsAreZero) {
  for (const std::vector<double>& x : {std::vector<double>{2, 0, 3}, {0, 0, 3}, {0, 0, 0}}) {
    SCOPED_TRACE(testing::PrintToString(x));
    EXPECT_GRADIENT("ReduceProd", {Tensor({3}, x)});
    EXPECT_SECOND_GRADIENT("ReduceProd", {Tensor({3}, x)});
  }
  EXPECT_THAT(gradient("ReduceProd", {Tensor({3}, std::vector<float>{2, 0, 3})}), ElementsAre(0, 6, 0));
}

TEST(ReduceProdGradient, MatchesSecondDifferences) {
  EXPECT_SECOND_GRADIENT("ReduceProd", {random_tensor({2, 3}, {.low = 0.5, .high = 2}), ints({1})});
}

}  // namespace
}  // namespace upkeep::gradients
