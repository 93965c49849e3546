#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::ElementsAre;

TEST(ClipGradient, MatchesFiniteDifferences) {
  const Tensor x({5}, std::vector<double>{-2, -0.5, 0, 0.5, 2});
  EXPECT_GRADIENT("Clip", {x, fixed(Tensor::scalar(-1.0)), fixed(Tensor::scalar(1.0))});
  EXPECT_GRADIENT("Clip", {x, Tensor::scalar(-1.0), Tensor::scalar(1.0)});
  EXPECT_GRADIENT("Clip", {x, fixed(Tensor::scalar(-1.0))});
  EXPECT_GRADIENT("Clip", {x, absent(), fixed(Tensor::scalar(1.0))});
  EXPECT_GRADIENT("Clip", {x});
}

// As tf.clip_by_value and torch.clamp do.
TEST(ClipGradient, FlowsAtTheBounds) {
  EXPECT_THAT(gradient("Clip", {Tensor({4}, std::vector<float>{-1, 0, 6, 7}), fixed(Tensor::scalar(0.0f)), fixed(Tensor::scalar(6.0f))}),
              ElementsAre(0, 1, 1, 0));
}

}  // namespace
}  // namespace upkeep::gradients
