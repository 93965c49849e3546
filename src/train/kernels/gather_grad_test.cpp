#include "train/kernels/kernel_test.hpp"

namespace upkeep::kernels {
namespace {

TEST(GatherGrad, MatchesItsExpansion) {
  EXPECT_KERNEL_MATCHES_EXPANSION("GatherGrad", {numbers({5, 3}), indices({4}, 5), numbers({4, 3}, 2)});
  EXPECT_KERNEL_MATCHES_EXPANSION("GatherGrad", {numbers({7, 2, 3}), indices({4, 6}, 7), numbers({4, 6, 2, 3}, 2)});
  EXPECT_KERNEL_MATCHES_EXPANSION("GatherGrad", {numbers({6}), indices({50}, 6), numbers({50}, 2)});
  EXPECT_KERNEL_MATCHES_EXPANSION("GatherGrad", {numbers({900, 128}), indices({300}, 900), numbers({300, 128}, 2)});
}

TEST(GatherGrad, CountsNegativeIndicesFromTheEnd) {
  const Tensor last({2}, std::vector<std::int64_t>{-1, 0});
  EXPECT_KERNEL_MATCHES_EXPANSION("GatherGrad", {numbers({4, 2}), last, numbers({2, 2}, 2)});
}

TEST(GatherGrad, IsTheGradientOfGather) {
  EXPECT_TRUE(gradient_uses_kernel("GatherGrad", "Gather", {numbers({4, 3}), indices({2, 5}, 4)}));
}

}  // namespace
}  // namespace upkeep::kernels
