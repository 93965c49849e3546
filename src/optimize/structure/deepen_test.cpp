#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/structure/function_preserving_testing.hpp"
#include "optimize/structure/structure.hpp"

namespace upkeep::structure {
namespace {

using testing::HasSubstr;

TEST(Deepen, KeepsTheAnswersBehindAnyActivation) {
  for (const char* activation : {"linear", "relu", "tanh", "sigmoid", "softmax", "leaky_relu", "relu6"})
    expect_same_function(
        model_with_life(
            std::string("layers: [{input: {shape: [4]}}, {dense: {units: 3, activation: ") + activation + "}}, {dense: {units: 2}}]", 1),
        {{"deepen", "dense"}});
  for (const char* window :
       {"kernel_size: 3", "kernel_size: [2, 5]", "kernel_size: 1, data_format: channels_last", "kernel_size: 4, strides: 2"})
    expect_same_function(model_with_life(std::string("layers: [{input: {shape: [8, 8, 2]}}, {conv2d: {filters: 3, ") + window +
                                             "}}, {batch_normalization: {}}, {relu: {}}, {flatten: {}}, {dense: {units: 2}}]",
                                         1),
                         {{"deepen", "conv2d"}});
  expect_same_function(
      model_with_life(
          "layers: [{input: {shape: [8, 2]}}, {conv1d: {filters: 3, kernel_size: 3, padding: causal, activation: relu}}, {dense: "
          "{units: 2}}]",
          1),
      {{"deepen", "conv1d"}});
}

TEST(Deepen, StandsBehindTheActivation) {
  const Model before = model_with_life(
      "layers: [{input: {shape: [8, 8, 2]}}, {conv2d: {filters: 3, kernel_size: 3}}, {batch_normalization: {}}, {activation: {activation: "
      "relu}}, "
      "{flatten: {}}, {dense: {units: 2}}]",
      1);
  const Edited edited = edit(before, {{"deepen", "conv2d:name=deeper"}}, 1);
  const Architecture after = architecture_of(edited.model);
  EXPECT_EQ(after.layer("deeper").inputs, std::vector<std::string>{"activation"});
  EXPECT_EQ(after.layer("deeper").settings["activation"], "relu");
  EXPECT_EQ(after.layer("flatten").inputs, std::vector<std::string>{"deeper"});
  EXPECT_EQ(edited.change.facts["weights"]["fresh"].size(), 0U);
}

TEST(Deepen, SaysWhereItAddsNoActivation) {
  const Edited edited = edit(three_layers(), {{"deepen", "dense_1"}}, 1);
  EXPECT_THAT(edited.change.notes.front(), HasSubstr("it has none"));
}

TEST(Deepen, RefusesOutputsAndOtherLayers) {
  EXPECT_THAT(message_of([] { edit(three_layers(), {{"deepen", "dense_2"}}, 1); }), HasSubstr("output of the model"));
  EXPECT_THAT(message_of([] { edit(three_layers(), {{"deepen", "input"}}, 1); }), HasSubstr("input"));
  EXPECT_THAT(message_of([] { edit(three_layers(), {{"deepen", "dense:name=dense_1"}}, 1); }), HasSubstr("already"));
  EXPECT_THAT(message_of([] { edit(three_layers(), {{"deepen", "dens"}}, 1); }), HasSubstr("dense"));
}

}  // namespace
}  // namespace upkeep::structure
