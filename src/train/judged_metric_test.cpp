#include "train/judged_metric.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace upkeep {
namespace {

using testing::HasSubstr;

Tensor column(const std::vector<float>& values) { return Tensor({std::ssize(values), 1}, values); }
Tensor indices(const std::vector<std::int64_t>& values) { return Tensor({std::ssize(values), 1}, values); }

double value_of(const std::string& metric, const Tensor& predictions, const Tensor& targets, const AnswerFacts& facts) {
  const JudgedMetric judged = judged_metric(metric, predictions, targets, facts);
  EXPECT_EQ(judged.unfit, "") << metric;
  judged.metric.metric->add(judged.predictions, judged.targets);
  return judged.metric.metric->value();
}

// Decisions at 0.3: 0 0 1 1 0 1 1, so 2 true and 2 false positives, 1 false and 2 true negatives.
const std::vector<float> kScores = {0.1F, 0.2F, 0.35F, 0.32F, 0.25F, 0.4F, 0.45F};
const std::vector<float> kYes = {0, 0, 0, 0, 1, 1, 1};

TEST(JudgedMetric, DecidesByTheOutputsThreshold) {
  const AnswerFacts facts{.answer = Answer::kBinary, .threshold = 0.3};
  const auto of = [&](const char* metric) { return value_of(metric, column(kScores), column(kYes), facts); };
  EXPECT_NEAR(of("precision"), 0.5, 1e-6);
  EXPECT_NEAR(of("recall"), 2.0 / 3, 1e-6);
  EXPECT_NEAR(of("f1_score"), 4.0 / 7, 1e-6);
  EXPECT_NEAR(of("fbeta_score:beta=2"), 5 * 0.5 * (2.0 / 3) / (4 * 0.5 + 2.0 / 3), 1e-6);
  EXPECT_NEAR(of("accuracy"), 4.0 / 7, 1e-6);
  EXPECT_NEAR(of("binary_accuracy"), 4.0 / 7, 1e-6);
  EXPECT_EQ(of("true_positives"), 2);
  EXPECT_EQ(of("false_positives"), 2);
  EXPECT_EQ(of("true_negatives"), 2);
  EXPECT_EQ(of("false_negatives"), 1);
  EXPECT_NEAR(of("binary_iou"), 0.4, 1e-6);
  EXPECT_NEAR(of("mean_iou"), 0.4, 1e-6);
  EXPECT_EQ(of("f1_score:threshold=0.5"), 0);  // a setting that is given stays
}

// By hand: of no 2 * 3 / (2 * 3 + 1 + 1), of yes 2 * 2 / (2 * 2 + 1 + 1).
TEST(JudgedMetric, TakesTheMeanOfBothClassesWhereThatIsAsked) {
  const AnswerFacts facts{.answer = Answer::kBinary, .threshold = 0.33};  // 0 0 1 0 0 1 1
  EXPECT_NEAR(value_of("f1_score", column(kScores), column(kYes), facts), 4.0 / 6, 1e-6);
  EXPECT_NEAR(value_of("f1_score:average=macro", column(kScores), column(kYes), facts), (6.0 / 8 + 4.0 / 6) / 2, 1e-6);
}

TEST(JudgedMetric, OfLogitsDecidesAtZeroAndTakesTheirSigmoid) {
  const AnswerFacts facts{.answer = Answer::kBinary, .threshold = 0, .logits = true};
  const Tensor logits = column({-2, 0.1F, 3, -0.1F}), yes = column({0, 1, 1, 1});
  EXPECT_NEAR(value_of("f1_score", logits, yes, facts), 0.8, 1e-6);
  EXPECT_NEAR(value_of("accuracy", logits, yes, facts), 0.75, 1e-6);
  const double expected =
      (std::log1p(std::exp(-2)) + std::log1p(std::exp(-0.1)) + std::log1p(std::exp(-3)) + std::log1p(std::exp(0.1))) / 4;
  EXPECT_NEAR(value_of("binary_crossentropy", logits, yes, facts), expected, 1e-6);
}

// One score, two, and the class itself say the same.
TEST(JudgedMetric, IsOfTheSecondOfTwoClassesHoweverTheyAreAnswered) {
  std::vector<float> both;
  std::vector<std::int64_t> labels;
  for (std::size_t i = 0; i < kScores.size(); ++i) {
    const float yes = kScores[i] > 0.3F ? 0.8F : 0.2F;
    both.insert(both.end(), {1 - yes, yes});
    labels.push_back(static_cast<std::int64_t>(kYes[i]));
  }
  const Tensor scores({7, 2}, both);
  for (const auto& [metric, expected] :
       {std::pair("f1_score", 4.0 / 7), {"precision", 0.5}, {"recall", 2.0 / 3}, {"true_positives", 2.0}}) {
    EXPECT_NEAR(value_of(metric, scores, indices(labels), {.answer = Answer::kClasses}), expected, 1e-6) << metric;
    const Tensor answered({7}, std::vector<std::int64_t>{0, 0, 1, 1, 0, 1, 1});
    EXPECT_NEAR(value_of(metric, answered, indices(labels), {.answer = Answer::kLabel}), expected, 1e-6) << metric;
  }
}

// scikit-learn: f1_score(average="macro") leaves a class out that neither is true nor answered; precision_score(average="micro").
TEST(JudgedMetric, OfSeveralClassesIsTheMeanOverThoseThatOccur) {
  const std::vector<std::int64_t> answered = {0, 2, 2, 2, 1, 1};
  std::vector<float> logits(24, -9);
  for (std::size_t i = 0; i < 6; ++i) logits[i * 4 + static_cast<std::size_t>(answered[i])] = -1;
  const Tensor scores({6, 4}, logits), labels = indices({0, 1, 2, 2, 1, 0});
  EXPECT_NEAR(value_of("f1_score", scores, labels, {.answer = Answer::kClasses}), (2.0 / 3 + 1.0 / 2 + 4.0 / 5) / 3, 1e-6);
  EXPECT_NEAR(value_of("precision", scores, labels, {.answer = Answer::kClasses}), 4.0 / 6, 1e-6);
  EXPECT_NEAR(value_of("accuracy", scores, labels, {.answer = Answer::kClasses}), 4.0 / 6, 1e-6);
  EXPECT_NEAR(value_of("f1_score", Tensor({6}, answered), labels, {.answer = Answer::kLabel}), (2.0 / 3 + 1.0 / 2 + 4.0 / 5) / 3, 1e-6);
}

TEST(JudgedMetric, SaysWhyAnswersDoNotFit) {
  const auto unfit = [](const char* metric, const Tensor& predictions, const Tensor& targets, Answer answer) {
    return judged_metric(metric, predictions, targets, {.answer = answer}).unfit;
  };
  EXPECT_THAT(unfit("f1_score", column({1, 2}), column({1.5F, 3}), Answer::kNumber), HasSubstr("a target is the number 1.5"));
  EXPECT_THAT(unfit("auc", column({1, 2}), column({5, 3}), Answer::kNumber), HasSubstr("judges classes"));
  EXPECT_THAT(unfit("categorical_accuracy", column({0.1F}), column({1}), Answer::kBinary), HasSubstr("one number a row"));
  EXPECT_THAT(unfit("binary_accuracy", Tensor({1, 3}, std::vector<float>{1, 0, 0}), indices({1}), Answer::kClasses),
              HasSubstr("3 classes"));
  EXPECT_THAT(unfit("auc", Tensor({1, 3}, std::vector<float>{1, 0, 0}), indices({1}), Answer::kLabel), HasSubstr("without scores"));
  EXPECT_THAT(unfit("mae", column({1}), column({5}), Answer::kNumber), "");
  EXPECT_THAT(unfit("hinge", column({0.5F}), column({-1}), Answer::kNumber), "");
  EXPECT_THROW(judged_metric("f2", column({1}), column({1}), {}), Error);
}

TEST(JudgedMetric, KeepsTheNameThatWasGiven) {
  EXPECT_EQ(judged_metric("accuracy", column({1}), column({1}), {.answer = Answer::kBinary}).metric.name, "accuracy");
}

}  // namespace
}  // namespace upkeep
