#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(RangeGradient, MatchesFiniteDifferences) {
  EXPECT_GRADIENT("Range", {Tensor::scalar(0.5), Tensor::scalar(3.2), Tensor::scalar(0.5)});
  EXPECT_GRADIENT("Range", {Tensor::scalar(2.0), Tensor::scalar(-1.2), Tensor::scalar(-1.5)});
  EXPECT_GRADIENT("Range", {Tensor::scalar(0.0), Tensor::scalar(-3.0), Tensor::scalar(1.0)});
  EXPECT_SECOND_GRADIENT("Range", {Tensor::scalar(0.5), Tensor::scalar(3.2), Tensor::scalar(0.5)});
}

}  // namespace
}  // namespace upkeep::gradients
