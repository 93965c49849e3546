#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::ElementsAre;

TEST(SoftmaxGradient, MatchesFiniteDifferencesOnEveryAxis) {
  for (const std::int64_t axis : {-1, 0, 1, -3}) {
    SCOPED_TRACE(axis);
    EXPECT_GRADIENT("Softmax", {random_tensor({2, 3, 2}, {.low = -2, .high = 2})}, {{"axis", axis}});
    EXPECT_GRADIENT("LogSoftmax", {random_tensor({2, 3, 2}, {.low = -2, .high = 2})}, {{"axis", axis}});
  }
  EXPECT_GRADIENT("Softmax", {random_tensor({3})});
  EXPECT_GRADIENT("LogSoftmax", {random_tensor({3})});
}

TEST(SoftmaxGradient, HasAGradientItself) {
  EXPECT_SECOND_GRADIENT("Softmax", {random_tensor({2, 3})}, {{"axis", std::int64_t{0}}});
  EXPECT_SECOND_GRADIENT("LogSoftmax", {random_tensor({2, 3})}, {{"axis", std::int64_t{1}}});
}

TEST(HardmaxGradient, IsZero) {
  for (const std::int64_t axis : {-1, 0, 1}) EXPECT_GRADIENT("Hardmax", {distinct_tensor({2, 3, 2})}, {{"axis", axis}}) << axis;
}

TEST(LogSoftmaxGradient, StaysFiniteForFarApartLogits) {
  EXPECT_THAT(gradient("LogSoftmax", {Tensor({1, 2}, std::vector<float>{0, 1e4f})}), ElementsAre(1, -1));
}

}  // namespace
}  // namespace upkeep::gradients
