#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/prune/prune.hpp"

namespace upkeep {

using testing::ElementsAre;

// Filters (0, 0), (1, 0), (4, 0) and (10, 0): summed distances 15, 13, 13 + 0 and 25; 1 and 4 lie in the middle, the smallest one stays.
TEST(FpgmPruning, TakesTheFiltersInTheMiddle) {
  Model model = model_of("layers: [{input: {shape: [2]}}, {dense: {units: 4, use_bias: false}}, {dense: {units: 1, use_bias: false}}]");
  *model.graph.initializer("dense/kernel") = Tensor(Shape{2, 4}, std::vector<float>{0.5F, 1, 4, 10, 0, 0, 0, 0});
  *model.graph.initializer("dense_1/kernel") = Tensor(Shape{4, 1}, std::vector<float>{1, 100, -100, 1});  // readers do not count
  prune_channels(model, {"fpgm", {{"sparsity", 0.5}}});
  EXPECT_THAT(model.graph.initializer("dense/kernel")->floats(), ElementsAre(0.5F, 10, 0, 0));
  EXPECT_THAT(model.graph.initializer("dense_1/kernel")->floats(), ElementsAre(1, 1));
}

TEST(FpgmPruning, FindsTheFiltersOfConvolutionsBehindATranspose) {
  Model model = model_of(
      "layers: [{input: {shape: [5, 5, 1]}}, {conv2d: {filters: 3, kernel_size: 1, use_bias: false}}, {flatten: {}}, {dense: {units: 2}}]");
  *model.graph.initializer("conv2d/kernel") = Tensor(Shape{1, 1, 1, 3}, std::vector<float>{-5, 0.9F, 6});
  prune_channels(model, {"fpgm", {{"sparsity", 0.34}}});
  EXPECT_THAT(model.graph.initializer("conv2d/kernel")->floats(), ElementsAre(-5, 6));
}

TEST(FpgmPruning, RanksNoSingleWeights) {
  Model model = three_layers();
  EXPECT_THAT(message_of([&] { prune_elements(model, {"fpgm", Json::object()}); }), testing::HasSubstr("--granularity channel"));
}

}  // namespace upkeep
