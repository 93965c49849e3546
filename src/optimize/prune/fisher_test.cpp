#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/prune/prune.hpp"

namespace upkeep {

TEST(FisherPruning, IsHalfTheSquareOfBoth) {
  const std::vector<float> values = {2, -3, 0.5F, 0}, gradient = {0.5F, 1, -4, 9}, square = {1, 4, 16, 81};
  const pruning::Ranking ranking = pruning::catalog().at("fisher").ranking({{"sparsity", 0.25}});
  EXPECT_EQ(ranking.needs, pruning::Needs::kGradients);
  EXPECT_EQ(ranking.amount.sparsity, 0.25);
  EXPECT_THAT(ranking.scores({.weight = "w", .values = values, .gradient = gradient, .gradient_square = square}),
              testing::ElementsAre(2, 18, 2, 0));
}

TEST(FisherPruning, AsksForAGradient) {
  Model model = three_layers();
  EXPECT_THAT(message_of([&] { prune_elements(model, {"fisher", {{"sparsity", 0.5}}}); }), testing::HasSubstr("no gradient of weight"));
}

}  // namespace upkeep
