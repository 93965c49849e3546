#include <gmock/gmock.h>

#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

Tensor axis_number(std::int64_t axis) { return Tensor::scalar(axis); }
const Attribute kInverse{"inverse", std::int64_t{1}, {}};
const Attribute kOnesided{"onesided", std::int64_t{1}, {}};

TEST(DftGradient, IsTheAdjointTransform) {
  const Tensor complex = random_tensor({2, 5, 2});
  EXPECT_GRADIENT("DFT", {complex});
  EXPECT_GRADIENT("DFT", {complex}, {kInverse});
  EXPECT_GRADIENT("DFT", {random_tensor({4, 3, 2}), absent(), axis_number(0)});
  EXPECT_GRADIENT("DFT", {random_tensor({2, 6, 1})});
  EXPECT_GRADIENT("DFT", {random_tensor({2, 6, 1})}, {kOnesided});
  EXPECT_GRADIENT("DFT", {random_tensor({2, 5, 1})}, {kOnesided});
  EXPECT_GRADIENT("DFT", {complex, axis_number(7)});
  EXPECT_GRADIENT("DFT", {complex, axis_number(3)});
}

}  // namespace
}  // namespace upkeep::gradients
