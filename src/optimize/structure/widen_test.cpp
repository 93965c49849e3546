#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/structure/function_preserving_testing.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::structure {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Widen, KeepsTheAnswersOfEveryKindOfReader) {
  const std::vector<std::pair<std::string, std::string>> nets = {
      {"layers: [{input: {shape: [4]}}, {dense: {units: 3, activation: tanh}}, {dense: {units: 2}}]", "dense=7"},
      {"layers: [{input: {shape: [6, 6, 2]}}, {conv2d: {filters: 3, kernel_size: 3}}, {batch_normalization: {}}, {activation: {activation: "
       "relu}}, "
       "{max_pooling2d: {}}, {flatten: {}}, {dense: {units: 2}}]",
       "conv2d=5"},
      {"layers: [{input: {shape: [6, 6, 2]}}, {conv2d: {filters: 3, kernel_size: 3}}, {prelu: {shared_axes: [1, 2]}}, {depthwise_conv2d: "
       "{kernel_size: 2, depth_multiplier: 2}}, {conv2d: {filters: 2, kernel_size: 2}}]",
       "conv2d=4"},
      {"layers: [{input: {shape: [6, 6, 2]}}, {conv2d: {filters: 3, kernel_size: 1}}, {separable_conv2d: {filters: 4, kernel_size: 3, "
       "depth_multiplier: 2}}, {global_average_pooling2d: {}}]",
       "conv2d=5"},
      {"layers: [{input: {shape: [5, 3]}}, {dense: {units: 4, activation: relu}}, {lstm: {units: 3, return_sequences: true}}, {gru: "
       "{units: 2}}]",
       "dense=9"},
      {"layers: [{input: {shape: [5, 3]}}, {conv1d: {filters: 4, kernel_size: 2, activation: relu}}, {conv1d_transpose: {filters: 2, "
       "kernel_size: 2}}]",
       "conv1d=6"},
      {"layers: [{input: {shape: [4], name: x}}, {dense: {units: 3, name: a, inputs: [x]}}, {dense: {units: 2, name: b, inputs: [x]}}, "
       "{concatenate: {name: c, inputs: [b, a, b]}}, {dense: {units: 2, inputs: [c]}}]",
       "a=5"},
      {"layers: [{input: {shape: [4], name: x}}, {dense: {units: 3, name: a, inputs: [x]}}, {dense: {units: 2, name: b, inputs: [a]}}, "
       "{dense: "
       "{units: 2, name: c, inputs: [a]}}, {add: {inputs: [b, c]}}]",
       "a=4"}};
  for (const auto& [yaml, argument] : nets) expect_same_function(model_with_life(yaml, 3), {{"widen", argument}});
}

TEST(Widen, DividesAmongCopies) {
  const Model before = model_of("layers: [{input: {shape: [1]}}, {dense: {units: 1}}, {dense: {units: 1}}]");
  const Edited edited = edit(before, {{"widen", "dense=4"}}, 1);
  const float kernel = before.graph.initializer("dense/kernel")->floats()[0];
  const float reader = before.graph.initializer("dense_1/kernel")->floats()[0];
  EXPECT_THAT(edited.model.graph.initializer("dense/kernel")->floats(), ElementsAre(kernel, kernel, kernel, kernel));
  EXPECT_THAT(edited.model.graph.initializer("dense_1/kernel")->floats(), ElementsAre(reader / 4, reader / 4, reader / 4, reader / 4));
  EXPECT_THAT(edited.change.facts["weights"]["carried"].get<std::vector<std::string>>(),
              testing::UnorderedElementsAre("dense/kernel", "dense/bias", "dense_1/kernel"));
  EXPECT_THAT(edited.change.notes.front(), HasSubstr("stay as they were"));
}

TEST(Widen, TellsCopiesApartByNoiseWhereItIsAsked) {
  const Model before = three_layers();
  const Model after = edit(before, {{"widen", "dense_1=8:noise=0.1"}}, 1).model;
  const auto kernel = after.graph.initializer("dense_1/kernel")->floats(), old = before.graph.initializer("dense_1/kernel")->floats();
  for (std::size_t row = 0; row < 5; ++row)
    for (std::size_t unit = 0; unit < 3; ++unit) EXPECT_EQ(kernel[row * 8 + unit], old[row * 3 + unit]);
  EXPECT_GT(largest_difference(before, after, 1), 1e-4);
  EXPECT_LT(largest_difference(before, after, 1), 1);
}

TEST(Widen, RefusesWhatItCannotKeep) {
  const auto refused = [](const std::string& yaml, const std::string& argument) {
    return message_of([&] { edit(model_of(yaml), {{"widen", argument}}, 1); });
  };
  const std::string plain = "layers: [{input: {shape: [4]}}, {dense: {units: 3}}, {dropout: {rate: 0.5}}, {dense: {units: 2}}]";
  EXPECT_THAT(refused(plain, "dense_1=4"), HasSubstr("output of the model"));
  EXPECT_THAT(refused(plain, "dense=3"), HasSubstr("--widen dense=6"));
  EXPECT_THAT(refused(plain, "dropout=3"), HasSubstr("dense and convolution"));
  EXPECT_THAT(refused(plain, "dense"), HasSubstr("LAYER=UNITS"));
  EXPECT_THAT(refused(plain, "dense=many"), HasSubstr("no number of units"));
  EXPECT_THAT(refused(plain, "dense=6:nois=1"), HasSubstr("noise"));
  EXPECT_THAT(refused("layers: [{input: {shape: [4]}}, {dense: {units: 3, activation: softmax}}, {dense: {units: 2}}]", "dense=4"),
              HasSubstr("over all units"));
  EXPECT_THAT(refused("layers: [{input: {shape: [4]}}, {dense: {units: 3}}, {layer_normalization: {}}, {dense: {units: 2}}]", "dense=4"),
              HasSubstr("layer_normalization"));
  EXPECT_THAT(
      refused("layers: [{input: {shape: [3], name: x}}, {dense: {units: 3, name: a, inputs: [x]}}, {add: {name: s, inputs: [x, a]}}, "
              "{dense: {units: 1, inputs: [s]}}]",
              "a=4"),
      HasSubstr("\"s\" (add)"));
  EXPECT_THAT(
      refused("layers: [{input: {shape: [6, 2]}}, {conv1d: {filters: 4, kernel_size: 2}}, {conv1d: {filters: 4, kernel_size: 2, groups: "
              "2}}]",
              "conv1d=6"),
      HasSubstr("groups"));
}

TEST(Widen, KnowsLayersByTheirNamesInTheCatalog) {
  for (const char* kind : {"alpha_dropout", "gaussian_dropout", "activity_regularization", "spatial_dropout_2d", "zero_padding1d",
                           "up_sampling2d", "cropping3d", "global_average_pooling3d", "leaky_relu", "masking", "identity"})
    EXPECT_TRUE(layers::catalog().find(kind)) << kind;
}

}  // namespace
}  // namespace upkeep::structure
