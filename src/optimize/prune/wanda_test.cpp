#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/prune/prune.hpp"

namespace upkeep {

using testing::ElementsAre;

namespace {

Dataset rows_of_two() {
  Dataset data;
  data.inputs["x"] = Tensor(Shape{2, 2}, std::vector<float>{3, 0.1F, 4, 0.1F});
  data.targets = Tensor(Shape{2, 1}, std::vector<float>{0, 0});
  return data;
}

}  // namespace

// The first input has the root mean square sqrt((9 + 16) / 2) = 3.54, the second 0.1: 5 on the second counts less than 0.2 on the first.
TEST(WandaPruning, IsSizeTimesWhatItMultiplies) {
  Model model = model_of("layers: [{input: {shape: [2], name: x}}, {dense: {units: 2, use_bias: false}}]");
  *model.graph.initializer("dense/kernel") = Tensor(Shape{2, 2}, std::vector<float>{0.2F, -1, 5, 0.3F});
  const NamedSettings method{"wanda", {{"sparsity", 0.5}}};
  const pruning::Measured measured = measure(method, model, rows_of_two(), std::nullopt);
  EXPECT_THAT(measured.activations.at("dense/kernel"), ElementsAre(testing::FloatNear(3.5355F, 1e-3F), testing::FloatNear(3.5355F, 1e-3F),
                                                                   testing::FloatNear(0.1F, 1e-4F), testing::FloatNear(0.1F, 1e-4F)));
  prune_elements(model, method, measured);
  EXPECT_THAT(model.graph.initializer("dense/kernel")->floats(), ElementsAre(0.2F, -1, 0, 0));
}

TEST(WandaPruning, RefusesRowsWithMissingValues) {
  Model model = model_of("layers: [{input: {shape: [2], name: x}}, {dense: {units: 2}}]");
  Dataset data = rows_of_two();
  data.inputs["x"] = Tensor(Shape{2, 2}, std::vector<float>{3, 0.1F, std::numeric_limits<float>::quiet_NaN(), 0.1F});
  EXPECT_THAT(message_of([&] { measure({"wanda", {{"sparsity", 0.5}}}, model, data, std::nullopt); }),
              testing::HasSubstr("not finite on these rows"));
}

TEST(WandaPruning, AsksForRows) {
  Model model = three_layers();
  EXPECT_THAT(message_of([&] { prune_elements(model, {"wanda", {{"sparsity", 0.5}}}); }), testing::HasSubstr("no activation of weight"));
}

}  // namespace upkeep
