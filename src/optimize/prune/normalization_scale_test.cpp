#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/prune/prune.hpp"

namespace upkeep {

// Four filters, the scales behind them 3, -0.1, 2 and 0.5: filters 1 and 3 go.
TEST(NormalizationScalePruning, TakesChannelsWithSmallScales) {
  Model model = model_of(
      "layers: [{input: {shape: [6, 6, 1]}}, {conv2d: {filters: 4, kernel_size: 3}}, {batch_normalization: {}}, {flatten: {}}, {dense: "
      "{units: 2}}]");
  *model.graph.initializer("batch_normalization/gamma") = Tensor(Shape{4}, std::vector<float>{3, -0.1F, 2, 0.5F});
  const Change change = prune_channels(model, {"normalization-scale", {{"sparsity", 0.5}}});
  EXPECT_THAT(model.graph.initializer("batch_normalization/gamma")->floats(), testing::ElementsAre(3, 2));
  EXPECT_EQ(change.facts["channels"], 4);
  EXPECT_EQ(change.facts["kept"], 2);
}

TEST(NormalizationScalePruning, RanksNoSingleWeights) {
  Model model = three_layers();
  EXPECT_THAT(message_of([&] { prune_elements(model, {"normalization-scale", Json::object()}); }),
              testing::HasSubstr("--granularity channel"));
}

TEST(NormalizationScalePruning, NeedsNormalizations) {
  Model model = three_layers();
  EXPECT_THAT(message_of([&] { prune_channels(model, {"normalization-scale", {{"sparsity", 0.5}}}); }),
              testing::HasSubstr("batch normalisation"));
}

}  // namespace upkeep
