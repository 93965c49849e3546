#include "optimize/prune/patterns/pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/prune/prune.hpp"

namespace upkeep {

// Blocks of 2 x 2: sums 4, 18, 22 and 8; half of them go, which are the first and the last.
TEST(BlockPattern, TakesWholeBlocks) {
  Model model = model_of("layers: [{input: {shape: [4]}}, {dense: {units: 4}}]");
  *model.graph.initializer("dense/kernel") = Tensor(Shape{4, 4}, std::vector<float>{1, 1, 9, 3, 1, 1, 3, 3, 9, 9, 2, 2, 2, 2, 2, 2});
  prune_elements(model, {"magnitude", {{"sparsity", 0.5}}}, {}, {"block", {{"rows", 2}, {"columns", 2}}});
  EXPECT_THAT(model.graph.initializer("dense/kernel")->floats(), testing::ElementsAre(0, 0, 9, 3, 0, 0, 3, 3, 9, 9, 0, 0, 2, 2, 0, 0));
}

TEST(BlockPattern, IsSmallerAtTheEdges) {
  Model model = model_of("layers: [{input: {shape: [3]}}, {dense: {units: 2}}]");
  *model.graph.initializer("dense/kernel") = Tensor(Shape{3, 2}, std::vector<float>{5, 5, 5, 5, 1, 1});
  const Change change = prune_elements(model, {"magnitude", {{"sparsity", 0.5}}}, {}, {"block", {{"rows", 2}, {"columns", 2}}});
  EXPECT_THAT(model.graph.initializer("dense/kernel")->floats(), testing::ElementsAre(5, 5, 5, 5, 0, 0));
  EXPECT_EQ(change.facts["zeros"], 2);
}

}  // namespace upkeep
