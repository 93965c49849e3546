#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "optimize/optimize_testing.hpp"
#include "optimize/prune/prune.hpp"

namespace upkeep {

namespace {

Tensor pruned(std::uint64_t seed) {
  Model model = model_of("layers: [{input: {shape: [100]}}, {dense: {units: 100}}]", 3);
  prune_elements(model, {"random", {{"sparsity", 0.3}, {"seed", seed}}});
  return *model.graph.initializer("dense/kernel");
}

}  // namespace

TEST(RandomPruning, HitsTheCountAndTouchesNothingElse) {
  const Tensor before = *model_of("layers: [{input: {shape: [100]}}, {dense: {units: 100}}]", 3).graph.initializer("dense/kernel");
  const Tensor after = pruned(1);
  std::int64_t zeros = 0;
  for (std::size_t i = 0; i < 10'000; ++i) {
    if (after.floats()[i] == 0) ++zeros;
    else EXPECT_EQ(after.floats()[i], before.floats()[i]);
  }
  EXPECT_EQ(zeros, 3000);
}

TEST(RandomPruning, FollowsTheSeed) {
  EXPECT_EQ(pruned(1), pruned(1));
  EXPECT_NE(pruned(1), pruned(2));
}

// Rows and sizes have no say: each half holds about half of the zeros (5 standard deviations of a hypergeometric count).
TEST(RandomPruning, SpreadsEvenly) {
  const Tensor after = pruned(4);
  const auto first_half = after.floats().first(5000);
  const double deviation = std::sqrt(3000 * 0.5 * 0.5 * 0.7);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(first_half, 0.0f)), 1500, 5 * deviation);
}

TEST(RandomPruning, DrawsForEachWeightByItsName) {
  const pruning::Ranking ranking = pruning::catalog().at("random").ranking({{"seed", 9}});
  const std::vector<float> values(8, 1.0f);
  EXPECT_EQ(ranking.scores({.weight = "a", .values = values, .gradient = {}, .gradient_square = {}}),
            ranking.scores({.weight = "a", .values = values, .gradient = {}, .gradient_square = {}}));
  EXPECT_NE(ranking.scores({.weight = "a", .values = values, .gradient = {}, .gradient_square = {}}),
            ranking.scores({.weight = "b", .values = values, .gradient = {}, .gradient_square = {}}));
}

}  // namespace upkeep
