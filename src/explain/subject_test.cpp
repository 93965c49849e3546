#include "explain/subject.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error_testing.hpp"
#include "graph/onnx.hpp"
#include "graph/ops.hpp"
#include "graph/signature.hpp"

namespace upkeep::explain {

namespace {

// y = 2 a - b + 0.5, k columns of it.
std::shared_ptr<const Model> linear() {
  return std::make_shared<const Model>(model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    linear (float[N, 2] x) => (float[N, 1] y)
      <float[2, 1] w = {2, -1}, float[1] b = {0.5}>
    { z = MatMul(x, w) y = Add(z, b) })"));
}

std::shared_ptr<const Model> three_classes() {
  Model model = model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    classes (float[N, 2] x) => (float[N, 3] p)
      <float[2, 3] w = {1, 0, -1, 0, 1, 2}>
    { z = MatMul(x, w) p = Softmax <axis = 1> (z) })");
  Signature signature = signature_of(model);
  signature.inputs[0].features = {{.column = "length"}, {.column = "width"}};
  signature.outputs[0].answer = Answer::kClasses;
  signature.outputs[0].classes = {"rose", "tulip", "lily"};
  set_signature(model, signature);
  return std::make_shared<const Model>(std::move(model));
}

Tensors rows(const std::vector<float>& values) { return {{"x", Tensor({static_cast<std::int64_t>(values.size()) / 2, 2}, values)}}; }

}  // namespace

TEST(Subject, AnswersRowsInBatches) {
  const Subject subject(linear(), {.batch_rows = 2});
  EXPECT_THAT(subject.answers(rows({1, 2, 3, 4, 0, 0}), 0), testing::ElementsAre(0.5, 2.5, 0.5));
  EXPECT_EQ(subject.evaluations(), 3);
  EXPECT_EQ(subject.features()[1].name, "x[1]");
}

TEST(Subject, KnowsClassesByNameAndIndex) {
  const Subject subject(three_classes());
  EXPECT_EQ(subject.elements(), 3);
  EXPECT_EQ(subject.element_named("tulip"), 1);
  EXPECT_EQ(subject.element_named("2"), 2);
  EXPECT_EQ(subject.features()[0].name, "length");
  EXPECT_THAT(message_of([&] { static_cast<void>(subject.element_named("tulips")); }), testing::HasSubstr("tulip"));
  EXPECT_THAT(subject.likeliest(rows({3, 0, 0, 3})), testing::ElementsAre(0, 2));
}

TEST(Subject, OnTheLogitScaleIsTheDifferenceOfSoftmaxScores) {
  const Subject subject(three_classes(), {.scale = Scale::kLogit});
  // p = e / (e + 1 + 1/e) for x = (1, 0): logit = ln(p / (1 - p)) = 1 - ln(1 + 1 / e)
  EXPECT_NEAR(subject.answers(rows({1, 0}), 0)[0], 1 - std::log(1 + std::exp(-1.0)), 1e-6);
}

TEST(Subject, HasNoLogitOfWhatIsNoProbability) {
  const Subject subject(linear(), {.scale = Scale::kLogit});
  EXPECT_THAT(message_of([&] { subject.answers(rows({3, 0}), 0); }), testing::HasSubstr("not a probability"));
}

TEST(Subject, RunsNothingBeyondTheBudget) {
  const Subject subject(linear(), {.most_evaluations = 3});
  subject.answers(rows({1, 2, 3, 4}), 0);
  EXPECT_THAT(message_of([&] { subject.answers(rows({1, 2, 3, 4}), 0); }), testing::HasSubstr("budget of 3 evaluations"));
  EXPECT_EQ(subject.evaluations(), 2);
  EXPECT_EQ(subject.answers(rows({1, 2}), 0).size(), 1U);
}

TEST(Subject, RefusesAnOutputThatIsNotThere) {
  EXPECT_THAT(message_of([] { Subject(linear(), {.output = "z2"}); }), testing::HasSubstr("unknown output \"z2\""));
}

}  // namespace upkeep::explain
