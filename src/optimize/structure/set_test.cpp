#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/structure/function_preserving_testing.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::structure {

using testing::HasSubstr;

namespace {

Architecture set_settings(const std::string& argument) { return catalog().at("set").apply(architecture_of(three_layers()), argument); }

}  // namespace

TEST(SetSettings, ChangesWhatIsNamedAndKeepsTheRest) {
  const Architecture after = set_settings("dense:units=30,kernel_regularizer=l2");
  EXPECT_EQ(after.layer("dense").settings, Json({{"units", 30}, {"activation", "relu"}, {"kernel_regularizer", "l2"}}));
  EXPECT_EQ(after.layer("dense_1").settings, Json({{"units", 3}}));
}

TEST(SetSettings, MayChangeAnInput) { EXPECT_EQ(set_settings("input:shape=[9]").layer("input").settings["shape"], Json({9})); }

TEST(SetSettings, SaysWhatIsWrong) {
  EXPECT_THAT(message_of([] { set_settings("dense"); }), HasSubstr("NAME:SETTING=VALUE"));
  EXPECT_THAT(message_of([] { set_settings("dense_5:units=3"); }), AllOf(HasSubstr("dense_5"), HasSubstr("dense_1")));
  EXPECT_THAT(message_of([] { set_settings("dense:unit=3"); }), AllOf(HasSubstr("layer \"dense\""), HasSubstr("units")));
  EXPECT_THAT(message_of([] { set_settings("dense:units=many"); }), HasSubstr("units"));
  EXPECT_THAT(message_of([] { set_settings("dense:name=hidden"); }), HasSubstr("renamed"));
}

TEST(SetSettings, KeepsAConvolutionsKernelInALargerWindow) {
  const std::vector<std::pair<std::string, std::string>> exact = {
      {"{conv2d: {filters: 3, kernel_size: 3, padding: same}}", "conv2d:kernel_size=5"},
      {"{conv2d: {filters: 3, kernel_size: [1, 2], padding: same}}", "conv2d:kernel_size=[3,5]"},
      {"{conv2d: {filters: 3, kernel_size: 3, padding: same, dilation_rate: 2}}", "conv2d:kernel_size=5"},
      {"{depthwise_conv2d: {kernel_size: 3, padding: same}}", "depthwise_conv2d:kernel_size=5"},
      {"{separable_conv2d: {filters: 3, kernel_size: 3, padding: same}}", "separable_conv2d:kernel_size=7"},
      {"{conv2d: {filters: 3, kernel_size: 3, padding: same, dilation_rate: 2}}", "conv2d:kernel_size=5,dilation_rate=1"},
      {"{conv2d: {filters: 3, kernel_size: 3, dilation_rate: 2}}", "conv2d:kernel_size=5,dilation_rate=1"},
      {"{conv2d: {filters: 6, kernel_size: 3, groups: 2}}", "conv2d:groups=1"}};
  for (const auto& [layer, argument] : exact)
    expect_same_function(model_with_life("layers: [{input: {shape: [8, 8, 4]}}, " + layer + ", {flatten: {}}, {dense: {units: 2}}]", 2),
                         {{"set", argument}});
  expect_same_function(
      model_with_life("layers: [{input: {shape: [8, 4]}}, {conv1d: {filters: 3, kernel_size: 2, padding: causal}}, {dense: {units: 2}}]",
                      2),
      {{"set", "conv1d:kernel_size=5"}});
}

// The middle of a window that is larger gives what the old window gave, two places in.
TEST(SetSettings, AlignsAWindowWithoutPadding) {
  const Model before = model_with_life("layers: [{input: {shape: [9, 1]}}, {conv1d: {filters: 2, kernel_size: 3}}]", 2);
  const Edited edited = edit(before, {{"set", "conv1d:kernel_size=7"}}, 1);
  const Tensors rows = random_rows(before, 3, 1);
  const Tensor old = Session(before).run(rows).begin()->second, now = Session(edited.model).run(rows).begin()->second;
  ASSERT_EQ(now.shape(), (Shape{1, 3, 2}));
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(now.floats()[i], old.floats()[i + 4], 1e-6);
  EXPECT_THAT(edited.change.notes.front(), HasSubstr("the answers change where"));
}

TEST(SetSettings, SaysWhatASmallerWindowCutsOff) {
  Model before = model_of("layers: [{input: {shape: [9, 1]}}, {conv1d: {filters: 1, kernel_size: 3, padding: same}}]");
  *before.graph.initializer("conv1d/kernel") = Tensor({3, 1, 1}, std::vector<float>{1, 3, 0});
  const Edited edited = edit(before, {{"set", "conv1d:kernel_size=1"}}, 1);
  EXPECT_THAT(edited.change.notes.front(), HasSubstr("10.0 % of its squares"));
  EXPECT_EQ(edited.model.graph.initializer("conv1d/kernel")->floats()[0], 3);
}

TEST(SetSettings, NamesFreshWeightsAndWhatWouldKeepThem) {
  const Edited edited = edit(three_layers(), {{"set", "dense:units=8"}}, 1);
  EXPECT_THAT(edited.change.notes.front(), HasSubstr("--widen dense=8"));
  EXPECT_EQ(edited.change.facts["weights"]["fresh"], Json({"dense/kernel", "dense/bias", "dense_1/kernel"}));
}

TEST(SetSettings, SaysThatAKernelStandsAtOtherPlaces) {
  const Model before = model_with_life(
      "layers: [{input: {shape: [8, 8, 2]}}, {conv2d: {filters: 3, kernel_size: 3}}, "
      "{global_average_pooling2d: {}}]",
      2);
  const Edited edited = edit(before, {{"set", "conv2d:strides=2,padding=same"}}, 1);
  EXPECT_THAT(edited.change.notes.front(), AllOf(HasSubstr("strides [1,1] -> [2,2]"), HasSubstr("padding valid -> same")));
  EXPECT_TRUE(edited.change.facts["weights"]["fresh"].empty());
}

TEST(SetSettings, ResamplesAKernelAndKeepsItsSum) {
  Model before = model_of("layers: [{input: {shape: [9, 1]}}, {conv1d: {filters: 1, kernel_size: 2, padding: same}}]");
  *before.graph.initializer("conv1d/kernel") = Tensor({2, 1, 1}, std::vector<float>{1, 3});
  const Edited edited = edit(before, {{"set", "conv1d:kernel_size=4,carry=resample"}}, 1);
  EXPECT_THAT(edited.model.graph.initializer("conv1d/kernel")->floats(), testing::ElementsAre(0.5F, 0.5F, 1.5F, 1.5F));
  EXPECT_THAT(message_of([&] { edit(before, {{"set", "conv1d:kernel_size=4,carry=stretch"}}, 1); }), HasSubstr("resample"));
}

// Twice the strides: each place of the smaller image stands for four, whose weights it takes together. Of images that are the same number
// everywhere the answers stay.
TEST(SetSettings, ADenseLayerBehindAnotherImageKeepsWhatItLearnt) {
  const Model before = model_with_life(
      "layers: [{input: {shape: [8, 8, 1], name: x}}, {conv2d: {filters: 3, kernel_size: 1, padding: same}}, {flatten: {}}, {dense: "
      "{units: 2}}]",
      2);
  const Edited edited = edit(before, {{"set", "conv2d:strides=2"}}, 1);
  EXPECT_EQ(edited.model.graph.initializer("dense/kernel")->shape(), (Shape{48, 2}));
  const Tensors rows = {{"x", Tensor::full<float>({1, 8, 8, 1}, 0.7F)}};
  const Tensor old = Session(before).run(rows).begin()->second, now = Session(edited.model).run(rows).begin()->second;
  for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(now.floats()[i], old.floats()[i], 1e-5);
}

}  // namespace upkeep::structure
