#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/prune/prune.hpp"

namespace upkeep {

// Against a sort: everything that went is no larger than everything that stayed.
TEST(MagnitudePruning, TakesTheSmallest) {
  Model model = three_layers(5);
  const Tensor before = *model.graph.initializer("dense/kernel");
  prune_elements(model, {"magnitude", {{"sparsity", 0.35}}});
  const Tensor& after = *model.graph.initializer("dense/kernel");
  std::vector<float> sizes;
  for (const float value : before.floats()) sizes.push_back(std::abs(value));
  std::ranges::sort(sizes);
  for (std::size_t i = 0; i < 20; ++i) {
    const bool small = std::abs(before.floats()[i]) <= sizes[6];  // 0.35 of 20 is 7
    EXPECT_EQ(after.floats()[i], small ? 0.0f : before.floats()[i]) << i;
  }
}

TEST(MagnitudePruning, LooksAtTheSizeNotTheSign) {
  const std::vector<float> values = {-3, 2, -1e-30f, 0};
  const auto scores = pruning::catalog()
                          .at("magnitude")
                          .ranking(Json::object())
                          .scores({.weight = "w", .values = values, .gradient = {}, .gradient_square = {}});
  EXPECT_THAT(scores, testing::ElementsAre(3, 2, testing::DoubleNear(1e-30, 1e-36), 0));
}

}  // namespace upkeep
