#include "train/training_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train/testing.hpp"

namespace upkeep {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

TrainingGraph graph(const std::string& loss, std::int64_t outputs, const std::string& activation = "linear") {
  return evaluation_graph(Trainable(problem("activation: relu", "activation: " + activation, outputs).model), compile("sgd", loss));
}

Dataset rows(Tensor targets) { return {.inputs = {{"input", Tensor::full({targets.dim(0), 10}, 1.0f)}}, .targets = std::move(targets)}; }

}  // namespace

TEST(TrainingData, ComparesOneTargetWithAllOutputs) {
  const TrainingData data = prepare(graph("mse", 2), rows(Tensor({3, 1}, std::vector<float>{1, 2, 3})));
  EXPECT_EQ(data.targets[0].shape(), (Shape{3, 2}));
  EXPECT_THAT(data.targets[0].floats(), ElementsAre(1, 1, 2, 2, 3, 3));
}

TEST(TrainingData, TakesTargetsWithoutALastAxis) {
  EXPECT_EQ(prepare(graph("mse", 1), rows(Tensor({3}, std::vector<float>{1, 2, 3}))).targets[0].shape(), (Shape{3, 1}));
}

TEST(TrainingData, TakesOneColumnOfClassesForClassProbabilities) {
  const TrainingGraph three = graph("categorical_crossentropy", 3, "softmax");
  const TrainingData data = prepare(three, rows(Tensor({2, 1}, std::vector<float>{0, 2})));
  EXPECT_EQ(data.targets[0].shape(), (Shape{2, 3}));
  EXPECT_THAT(data.targets[0].floats(), ElementsAre(1, 0, 0, 0, 0, 1));
  EXPECT_THAT(message_of([&] { prepare(three, rows(Tensor({2, 1}, std::vector<float>{0, 3}))); }), HasSubstr("class 3 in row 2"));
  EXPECT_THAT(message_of([&] { prepare(three, rows(Tensor({2, 2}, std::vector<float>{0, 1, 1, 0}))); }),
              AllOf(HasSubstr("float32[2, 2]"), HasSubstr("float32[batch, 3]")));
}

TEST(TrainingData, PadsLabelsThatAreShorterThanThePredictions) {
  const Architecture net =
      architecture_from_yaml("layers: [{input: {shape: [10]}}, {reshape: {target_shape: [5, 2]}}, {dense: {units: 3}}]");
  const TrainingGraph five = evaluation_graph(Trainable(build_model(net, initial_weights(net, 1))), compile("sgd", "ctc"));
  const TrainingData data = prepare(five, rows(Tensor({2, 3, 1}, std::vector<std::int64_t>{1, 2, 1, 2, 0, 0})));
  EXPECT_EQ(data.targets[0].shape(), (Shape{2, 5, 1}));
  EXPECT_THAT(data.targets[0].data<std::int64_t>(), ElementsAre(1, 2, 1, 0, 0, 2, 0, 0, 0, 0));
  EXPECT_THAT(message_of([&] { prepare(five, rows(Tensor({1, 6, 1}, std::vector<std::int64_t>{1, 1, 1, 1, 1, 1}))); }),
              HasSubstr("[1, 6, 1]"));
}

TEST(TrainingData, ConvertsElementTypes) {
  const Dataset data{.inputs = {{"input", Tensor::full({2, 10}, 1.0)}}, .targets = Tensor({2, 1}, std::vector<std::int64_t>{1, 0})};
  const TrainingData prepared = prepare(graph("mse", 1), data);
  EXPECT_EQ(prepared.inputs[0].dtype(), DType::kFloat32);
  EXPECT_EQ(prepared.targets[0].dtype(), DType::kFloat32);
  EXPECT_EQ(
      prepare(graph("sparse_categorical_crossentropy", 3, "softmax"), rows(Tensor({2, 1}, std::vector<float>{0, 2}))).targets[0].dtype(),
      DType::kInt64);
}

TEST(TrainingData, RefusesClassesThatTheModelDoesNotHave) {
  const TrainingGraph three = graph("sparse_categorical_crossentropy", 3, "softmax");
  EXPECT_THAT(message_of([&] { prepare(three, rows(Tensor({2, 1}, std::vector<std::int64_t>{0, 3}))); }),
              AllOf(HasSubstr("class 3 in row 2"), HasSubstr("0 to 2")));
  EXPECT_THAT(message_of([&] { prepare(three, rows(Tensor({2, 1}, std::vector<float>{0, 1.5f}))); }),
              HasSubstr("row 2 holds 1.5, which is no int64"));
}

TEST(TrainingData, SaysWhatDoesNotFit) {
  const TrainingGraph one = graph("mse", 1);
  Dataset data = rows(Tensor({2, 1}, std::vector<float>{0, 1}));
  data.inputs = {{"input", Tensor::full({2, 9}, 1.0f)}};
  EXPECT_THAT(message_of([&] { prepare(one, data); }),
              AllOf(HasSubstr("input \"input\""), HasSubstr("float32[2, 9]"), HasSubstr("float32[batch, 10]")));
  data.inputs = {{"input", Tensor::full({3, 10}, 1.0f)}};
  EXPECT_THAT(message_of([&] { prepare(one, data); }), AllOf(HasSubstr("3 rows"), HasSubstr("targets have 2")));
  data.inputs = {{"x", Tensor::full({2, 10}, 1.0f)}};
  EXPECT_THAT(message_of([&] { prepare(one, data); }), AllOf(HasSubstr("no input \"input\""), HasSubstr("x")));
  EXPECT_THAT(message_of([&] { prepare(one, rows(Tensor({2, 3}, std::vector<float>(6)))); }), HasSubstr("targets"));
  EXPECT_THAT(message_of([&] { prepare(one, rows(Tensor({0, 1}, std::vector<float>()))); }), HasSubstr("no rows"));
}

TEST(TrainingData, HasAFingerprintOfRowsAndValues) {
  const TrainingGraph one = graph("mse", 1);
  const Json first = fingerprint(prepare(one, rows(Tensor({2, 1}, std::vector<float>{0, 1}))));
  EXPECT_EQ(first["rows"], 2);
  EXPECT_EQ(first, fingerprint(prepare(one, rows(Tensor({2, 1}, std::vector<float>{0, 1})))));
  EXPECT_NE(first, fingerprint(prepare(one, rows(Tensor({2, 1}, std::vector<float>{0, 2})))));
}

}  // namespace upkeep
