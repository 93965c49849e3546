#include "optimize/structure/structure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/onnx.hpp"
#include "graph/signature.hpp"
#include "optimize/optimize_testing.hpp"
#include "train/columns.hpp"
#include "train/training_record.hpp"

namespace upkeep {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

std::vector<std::string> list(const Json& names) { return names.get<std::vector<std::string>>(); }

const Tensor& weight(const Model& model, const std::string& name) { return *model.graph.initializer(name); }

// Compiled with adam, 400 updates done, every slot full of the number of its weight.
Model trained() {
  Model model = three_layers();
  set_training_record(
      model, {.compile = Compile{.optimizer = {"adam", {{"learning_rate", 0.01}}}, .loss = {"mse", Json::object()}, .metrics = {"mae"}},
              .iteration = 400,
              .epoch = 100,
              .learning_rate = 0.005,
              .history = {},
              .fit = {{"seed", 1}}});
  float number = 0;
  for (const char* slot : {"momentum", "velocity"})
    for (const NamedWeight& one : weight_specs(architecture_of(model)))
      model.training_tensors.emplace_back(std::string(slot) + "/" + one.name, Tensor::full(one.spec.shape, ++number));
  return model;
}

}  // namespace

TEST(Edit, OfNothingKeepsEveryAnswer) {
  const Model before = three_layers();
  const Edited edited = edit(before, {}, 7);
  EXPECT_EQ(answer(edited.model), answer(before));
  EXPECT_THAT(list(edited.change.facts["weights"]["fresh"]), IsEmpty());
}

TEST(Edit, KeepsTheWeightsThatFitAndMakesTheOthersFromTheSeed) {
  const Model before = three_layers();
  const Edited edited = edit(before, {{"set", "dense_1:units=6"}}, 7);
  EXPECT_THAT(list(edited.change.facts["weights"]["kept"]), ElementsAre("dense/kernel", "dense/bias", "dense_2/bias"));
  EXPECT_THAT(list(edited.change.facts["weights"]["fresh"]), ElementsAre("dense_1/kernel", "dense_1/bias", "dense_2/kernel"));
  EXPECT_THAT(list(edited.change.facts["layers"]["changed"]), ElementsAre("dense_1"));
  EXPECT_EQ(weight(edited.model, "dense/kernel"), weight(before, "dense/kernel"));
  EXPECT_EQ(weight(edited.model, "dense_1/kernel").shape(), (Shape{5, 6}));
  EXPECT_EQ(answer(edited.model).shape(), (Shape{3, 2}));
  EXPECT_EQ(model_to_bytes(edit(before, {{"set", "dense_1:units=6"}}, 7).model), model_to_bytes(edited.model));
  EXPECT_NE(weight(edit(before, {{"set", "dense_1:units=6"}}, 8).model, "dense_1/kernel"), weight(edited.model, "dense_1/kernel"));
}

TEST(Edit, AnIdentityActivationChangesNoAnswer) {
  const Model before = three_layers();
  EXPECT_EQ(answer(edit(before, {{"add", "activation:activation=linear,after=dense_1"}}, 1).model), answer(before));
}

TEST(Edit, AddedReluActsOnTheAnswers) {
  const Model before = three_layers();
  const Tensor plain = answer(before);
  const Tensor rectified = answer(edit(before, {{"add", "activation:activation=relu"}}, 1).model);
  bool any_negative = false;
  for (std::size_t i = 0; i < static_cast<std::size_t>(plain.size()); ++i) {
    EXPECT_EQ(rectified.floats()[i], std::max(plain.floats()[i], 0.0f));
    any_negative |= plain.floats()[i] < 0;
  }
  EXPECT_TRUE(any_negative);
}

TEST(Edit, AppliesStepsInOrder) {
  const Edited edited = edit(
      three_layers(),
      {{"add", "dense:units=20,activation=relu"}, {"set", "dense_3:units=30"}, {"remove", "dense_1"}, {"replace", "dense=flatten"}}, 1);
  EXPECT_THAT(layer_names(architecture_of(edited.model)), ElementsAre("input", "flatten", "dense_2", "dense_3"));
  EXPECT_EQ(weight(edited.model, "dense_3/kernel").shape(), (Shape{2, 30}));
  EXPECT_THAT(list(edited.change.facts["layers"]["added"]), ElementsAre("flatten", "dense_3"));
  EXPECT_THAT(list(edited.change.facts["layers"]["removed"]), ElementsAre("dense", "dense_1"));
  EXPECT_THAT(list(edited.change.facts["weights"]["dropped"]), ElementsAre("dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"));
}

TEST(Edit, KeepsCompileSettingsProgressAndOtherMetadata) {
  Model before = trained();
  Signature signature = signature_of(before);
  for (const char* column : {"a", "b", "c", "d"}) signature.inputs[0].features.push_back({.column = column, .categories = {}});
  set_signature(before, signature);
  set(before.metadata, "owner", "somebody");
  const Model after = edit(before, {{"add", "dense:units=1"}}, 1).model;
  const TrainingRecord record = training_record_of(after);
  EXPECT_EQ(to_json(*record.compile), to_json(*compile_of(before)));
  EXPECT_EQ(record.iteration, 400);
  EXPECT_EQ(record.learning_rate, 0.005);
  EXPECT_TRUE(record.fit.is_null());
  EXPECT_EQ(*find(after.metadata, "owner"), "somebody");
  EXPECT_EQ(feature_columns(signature_of(after)).size(), 4U);
}

TEST(Edit, KeepsTheOptimiserSlotsOfKeptWeightsAndStartsTheOthers) {
  const Model before = trained();
  const Model after = edit(before, {{"set", "dense_1:units=6"}}, 1).model;
  const std::vector<std::string> kept = {"dense/kernel", "dense/bias", "dense_2/bias"};
  ASSERT_EQ(after.training_tensors.size(), 12U);
  for (const auto& [name, slot] : after.training_tensors) {
    const std::string of = name.substr(name.find('/') + 1);
    EXPECT_EQ(slot.shape(), weight(after, of).shape()) << name;
    if (std::ranges::contains(kept, of)) EXPECT_EQ(slot, *find(before.training_tensors, name)) << name;
    else EXPECT_EQ(slot, Tensor::full(slot.shape(), 0.0f)) << name;
  }
}

TEST(Edit, KeepsThePruningMaskOfKeptWeights) {
  Model before = three_layers();
  set(before.metadata, kPrunedKey, R"(["dense/kernel","dense_1/kernel"])");
  EXPECT_THAT(metadata_list(edit(before, {{"set", "dense_1:units=6"}}, 1).model, kPrunedKey), ElementsAre("dense/kernel"));
  EXPECT_THAT(metadata_list(edit(before, {{"remove", "dense_2"}}, 1).model, kPrunedKey), ElementsAre("dense/kernel", "dense_1/kernel"));
}

TEST(Edit, RecognisesLayersOfAForeignGraph) {
  const Model foreign = model_from_text(R"(
    <ir_version: 10, opset_import: ["" : 21]>
    g (float[n, 2] x) => (float[n, 2] y)
    <float[2, 2] w = {1.0, 2.0, 3.0, 4.0}, float[2] b = {0.5, -0.5}>
    { z = MatMul(x, w)  y = Add(z, b) })");
  const Edited edited = edit(foreign, {{"add", "activation:activation=relu"}}, 1);
  const Session session(edited.model);
  const Tensor y = session.run({{session.inputs()[0].name, Tensor({1, 2}, std::vector<float>{1, -1})}}).begin()->second;
  EXPECT_EQ(y, Tensor({1, 2}, std::vector<float>{0, 0}));  // 1 - 3 + 0.5 and 2 - 4 - 0.5, both negative
}

TEST(Edit, NamesTheStepThatFails) {
  EXPECT_THAT(message_of([] { edit(three_layers(), {{"add", "dense:units=1"}, {"remove", "dense_9"}}, 1); }),
              HasSubstr("--remove dense_9"));
  EXPECT_THAT(message_of([] { edit(three_layers(), {{"broaden", "dense=9"}}, 1); }), AllOf(HasSubstr("broaden"), HasSubstr("add")));
}

}  // namespace upkeep
