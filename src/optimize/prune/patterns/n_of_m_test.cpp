#include "optimize/prune/patterns/pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/prune/prune.hpp"

namespace upkeep {

namespace {

std::vector<float> kernel_of(std::string_view yaml, std::vector<float> values, const Json& settings) {
  Model model = model_of(yaml);
  Tensor& kernel = *model.graph.initializer(architecture_of(model).layers[1].name + "/kernel");
  kernel = Tensor(kernel.shape(), std::move(values));
  prune_elements(model, {"magnitude", Json::object()}, {}, {"n-of-m", settings});
  const auto made = model.graph.initializer(architecture_of(model).layers[1].name + "/kernel")->floats();
  return {made.begin(), made.end()};
}

}  // namespace

// Each unit adds up a column: of its first four weights two stay, of the two behind them one.
TEST(NOfMPattern, KeepsNOfMAlongWhatIsAddedUp) {
  EXPECT_THAT(kernel_of("layers: [{input: {shape: [6]}}, {dense: {units: 2}}]", {1, 9, 2, 8, 3, 7, 4, 6, 5, 5, 6, 4}, Json::object()),
              testing::ElementsAre(0, 9, 0, 8, 3, 0, 4, 0, 0, 5, 6, 0));
}

// kernel [1, 1, 4, 2]: rows are input channels.
TEST(NOfMPattern, GoesAlongTheInputChannelsOfAConvolution) {
  EXPECT_THAT(kernel_of("layers: [{input: {shape: [3, 3, 4]}}, {conv2d: {filters: 2, kernel_size: 1}}]", {1, 4, 2, 3, 3, 2, 4, 1},
                        {{"n", 1}, {"m", 4}}),
              testing::ElementsAre(0, 4, 0, 0, 0, 0, 4, 0));
}

// One channel read: each sum adds up one weight at each place of its window.
TEST(NOfMPattern, SaysWhichKernelsStayWholeAndWhy) {
  Model model =
      model_of("layers: [{input: {shape: [6, 6, 1]}}, {conv2d: {filters: 8, kernel_size: 3}}, {conv2d: {filters: 4, kernel_size: 3}}]");
  const Change change = prune_elements(model, {"magnitude", Json::object()}, {}, {"n-of-m", Json::object()});
  EXPECT_EQ(change.facts["weights"][0]["zeros"], 0);
  EXPECT_EQ(change.facts["weights"][0]["kept"], "no sum adds up more than 1 of its weights in a row");
  EXPECT_EQ(change.facts["weights"][1]["zeros"], 144);
  EXPECT_FALSE(change.facts["weights"][1].contains("kept"));
}

TEST(NOfMPattern, LeavesTablesWhole) {
  Model model = model_of(
      "layers: [{input: {shape: [4], dtype: int32}}, {embedding: {input_dim: 9, output_dim: 8}}, {flatten: {}}, {dense: {units: 4}}]");
  const Change change = prune_elements(model, {"magnitude", Json::object()}, {}, {"n-of-m", Json::object()});
  EXPECT_THAT(change.facts["weights"][0]["kept"].get<std::string>(), testing::HasSubstr("added up"));
  EXPECT_EQ(change.facts["weights"][1]["zeros"], 64);
  EXPECT_THAT(message_of([&] { prune_elements(model, {"magnitude", {{"weights", {"embedding/*"}}}}, {}, {"n-of-m", Json::object()}); }),
              testing::HasSubstr("embedding/embeddings"));
}

TEST(NOfMPattern, SaysWhatIsWrong) {
  Model model = three_layers();
  EXPECT_THAT(message_of([&] { prune_elements(model, {"magnitude", Json::object()}, {}, {"n-of-m", {{"n", 4}, {"m", 4}}}); }),
              testing::HasSubstr("n < m"));
}

}  // namespace upkeep
