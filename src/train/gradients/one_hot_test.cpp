#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::Each;

TEST(OneHotGradient, MatchesFiniteDifferences) {
  const Tensor values({2}, std::vector<double>{0.5, -2});
  EXPECT_GRADIENT("OneHot", {ints({0, 2, 1}), Tensor::scalar(std::int64_t{3}), values});
  EXPECT_GRADIENT("OneHot", {int_tensor({2, 2}, {0, 2, -1, 5}), Tensor::scalar(std::int64_t{4}), values}, {{"axis", std::int64_t{0}}});
  EXPECT_GRADIENT("OneHot", {int_tensor({2, 1}, {0, 2}), Tensor::scalar(std::int64_t{3}), values}, {{"axis", std::int64_t{1}}});
}

TEST(OneHotGradient, LetsNothingThroughToTheIndices) {
  EXPECT_THAT(gradient("OneHot",
                       {Tensor({2}, std::vector<float>{0, 1}), fixed(Tensor::scalar(3.0f)), fixed(Tensor({2}, std::vector<float>{0, 1}))}),
              Each(0.0f));
}

}  // namespace
}  // namespace upkeep::gradients
