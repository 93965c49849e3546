#include "maintain/monitor/quality.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "maintain/monitor/log_testing.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_logs::kSecond;
using testing_logs::Row;

Table labels(const std::vector<std::string>& requests, Tensor values, std::int64_t time) {
  const Shape shape{std::ssize(requests)};
  Table table;
  table.add("request_id", Tensor(shape, requests));
  table.add("row", Tensor::full<std::int64_t>(shape, 0));
  table.add("label", std::move(values));
  table.add("time", Tensor::full<std::int64_t>(shape, time));
  return table;
}

Tensor numbers(const std::vector<double>& values) { return Tensor({std::ssize(values)}, values); }
Tensor words(const std::vector<std::string>& values) { return Tensor({std::ssize(values)}, values); }

JudgedOutputs scores_of(const std::vector<std::string>& classes) {
  return {.otherwise = Signature{.outputs = {{.name = "y", .answer = Answer::kClasses, .classes = classes}}}};
}

std::vector<std::int64_t> all_rows(const JoinedLog& log) {
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; row < log.rows(); ++row) rows.push_back(row);
  return rows;
}

TEST(Quality, ComparesPredictionsWithTheLabelsThatCame) {
  const JoinedLog log = join_labels(testing_logs::predictions({{.request = "a", .time_us = 0, .outputs = {1}},
                                                               {.request = "b", .time_us = kSecond, .outputs = {2}},
                                                               {.request = "c", .time_us = 2 * kSecond, .outputs = {3}},
                                                               {.request = "d", .time_us = 3 * kSecond, .error = "no", .outputs = {0}}}),
                                    labels({"a", "c", "d"}, numbers({1.5, 1, 0}), 10 * kSecond));
  const Quality quality = measure_quality(log, all_rows(log), {.metrics = {"mae"}});
  EXPECT_EQ(quality.answered, 3);
  EXPECT_EQ(quality.labelled, 2);
  EXPECT_NEAR(quality.coverage(), 2.0 / 3, 1e-12);
  EXPECT_NEAR(find(quality.metrics, "mae").value, (0.5 + 2) / 2, 1e-6);
  EXPECT_EQ(quality.delay_p50_seconds, 8);
  EXPECT_EQ(quality.delay_p95_seconds, 10);
}

TEST(Quality, TellsVersionsApart) {
  const JoinedLog log = join_labels(testing_logs::predictions({{.request = "a", .version = 1, .outputs = {1}},
                                                               {.request = "b", .time_us = 1, .version = 2, .outputs = {1}}}),
                                    labels({"a", "b"}, numbers({1, 4}), 5));
  const Quality quality = measure_quality(log, all_rows(log), {.metrics = {"mae"}});
  ASSERT_EQ(quality.versions.size(), 2U);
  EXPECT_EQ(quality.versions[0].second.metrics[0].value, 0);
  EXPECT_EQ(quality.versions[1].second.metrics[0].value, 3);
}

TEST(Quality, CutsTimeIntoWindows) {
  std::vector<Row> rows;
  std::vector<std::string> ids;
  std::vector<double> truths;
  for (int i = 0; i < 100; ++i) {
    rows.push_back({.request = std::to_string(i), .time_us = i * kSecond, .outputs = {0}});
    ids.push_back(std::to_string(i));
    truths.push_back(i < 50 ? 1 : 2);
  }
  const JoinedLog log = join_labels(testing_logs::predictions(rows), labels(ids, numbers(truths), 200 * kSecond));
  const Quality by_count = measure_quality(log, all_rows(log), {.metrics = {"mae"}, .window_rows = 50});
  ASSERT_EQ(by_count.windows.size(), 2U);
  EXPECT_EQ(by_count.windows[0].metrics[0].value, 1);
  EXPECT_EQ(by_count.windows[1].metrics[0].value, 2);
  const Quality by_time = measure_quality(log, all_rows(log), {.metrics = {"mae"}, .window = std::chrono::seconds(25)});
  ASSERT_EQ(by_time.windows.size(), 4U);
  EXPECT_EQ(by_time.windows[3].rows, 25);
  EXPECT_EQ(measure_quality(log, all_rows(log), {.metrics = {"mae"}}).windows.size(), 3U);  // 30, 30 and 40 rows
}

TEST(Quality, ReadsClassNames) {
  const JoinedLog log = join_labels(testing_logs::predictions({{.request = "a", .outputs = {0.1, 0.7, 0.2}},
                                                               {.request = "b", .time_us = 1, .outputs = {0.9, 0, 0.1}},
                                                               {.request = "c", .time_us = 2, .outputs = {0, 0, 1}}}),
                                    labels({"a", "b", "c"}, words({"green", "green", "purple"}), 5));
  const Quality quality = measure_quality(log, all_rows(log), {.outputs = scores_of({"red", "green", "blue"})});
  EXPECT_EQ(quality.labelled, 3);
  EXPECT_EQ(quality.unknown_classes, 1);  // "purple", which counts as an error
  EXPECT_NEAR(find(quality.metrics, "accuracy").value, 1.0 / 3, 1e-12);
}

TEST(Quality, CountsClassesThatTheModelDoesNotKnowAsErrors) {
  const JoinedLog log = join_labels(testing_logs::predictions({{.request = "a", .outputs = {1, 0}},
                                                               {.request = "b", .time_us = 1, .outputs = {1, 0}},
                                                               {.request = "c", .time_us = 2, .outputs = {0, 1}}}),
                                    labels({"a", "b", "c"}, numbers({0, 7, 1.5}), 5));
  const Quality quality = measure_quality(log, all_rows(log), {.metrics = {"accuracy", "sparse_categorical_crossentropy"}});
  EXPECT_EQ(quality.labelled, 2);
  EXPECT_EQ(quality.unknown_classes, 1);
  EXPECT_EQ(quality.unusable, 1);  // 1.5 is no class
  EXPECT_EQ(quality.metrics[0].value, 0.5);
  EXPECT_GT(quality.metrics[1].value, 5);  // a class without a chance costs as much as Keras's epsilon lets it
}

TEST(Quality, OfTwoClassesHasNoRankingWhereALabelIsOfNeither) {
  const JoinedLog log = join_labels(testing_logs::predictions({{.request = "a", .outputs = {0.9}},
                                                               {.request = "b", .time_us = 1, .outputs = {0.1}},
                                                               {.request = "c", .time_us = 2, .outputs = {0.8}}}),
                                    labels({"a", "b", "c"}, words({"yes", "no", "maybe"}), 5));
  Signature signature{.outputs = {{.name = "y", .answer = Answer::kBinary, .classes = {"no", "yes"}}}};
  const Quality quality =
      measure_quality(log, all_rows(log), {.outputs = {.otherwise = signature}, .metrics = {"accuracy", "auc", "binary_crossentropy"}});
  EXPECT_NEAR(quality.metrics[0].value, 2.0 / 3, 1e-6);
  EXPECT_TRUE(std::isnan(quality.metrics[1].value));
  EXPECT_TRUE(std::isnan(quality.metrics[2].value));
  EXPECT_EQ(quality.unknown_classes, 1);
}

TEST(Quality, JudgesLabelsThatAreAnsweredAsWholeNumbersOrTexts) {
  Table predictions = testing_logs::predictions({{.request = "a"}, {.request = "b", .time_us = 1}, {.request = "c", .time_us = 2}});
  Table texts = predictions;
  predictions.add("out.label.0", Tensor({3}, std::vector<std::int64_t>{3, 7, 7}));
  predictions.add("out.scores.0", numbers({0.9, 0.1, 0.1}));
  predictions.add("out.scores.1", numbers({0.1, 0.9, 0.9}));
  texts.add("out.label.0", words({"oak", "elm", "elm"}));
  const Signature sklearn{
      .outputs = {{.name = "label", .dtype = DType::kInt64, .answer = Answer::kLabel},
                  {.name = "scores", .dtype = DType::kFloat32, .dims = std::vector<std::int64_t>{-1, 2}, .answer = Answer::kNumber}}};
  const JoinedLog log = join_labels(predictions, labels({"a", "b", "c"}, numbers({3, 7, 3}), 5));
  EXPECT_NEAR(measure_quality(log, all_rows(log), {.outputs = {.otherwise = sklearn}}).metrics[0].value, 2.0 / 3, 1e-12);
  EXPECT_NEAR(measure_quality(log, all_rows(log), {.metrics = {"equality"}}).metrics[0].value, 2.0 / 3, 1e-12);
  const JoinedLog named = join_labels(texts, labels({"a", "b", "c"}, words({"oak", "elm", "fir"}), 5));
  EXPECT_NEAR(measure_quality(named, all_rows(named), {}).metrics[0].value, 2.0 / 3, 1e-12);
}

TEST(Quality, LeavesOutRowsWithoutAnAnswerAndCountsThem) {
  const JoinedLog log = join_labels(testing_logs::predictions({{.request = "a", .outputs = {1}},
                                                               {.request = "b", .time_us = 1, .outputs = {NAN}},
                                                               {.request = "c", .time_us = 2, .outputs = {4}}}),
                                    labels({"a", "b", "c"}, numbers({2, 2, 2}), 5));
  const Quality quality = measure_quality(log, all_rows(log), {.metrics = {"mae"}});
  EXPECT_EQ(quality.labelled, 2);
  EXPECT_EQ(quality.unanswered, 1);
  EXPECT_EQ(quality.metrics[0].value, 1.5);
}

TEST(Quality, OfOneLabelHasNoInterval) {
  const JoinedLog log = join_labels(testing_logs::predictions({{.request = "a", .outputs = {1}}}), labels({"a"}, numbers({2}), 5));
  const Quality quality = measure_quality(log, all_rows(log), {.metrics = {"mae"}});
  EXPECT_EQ(quality.metrics[0].value, 1);
  EXPECT_TRUE(std::isnan(quality.metrics[0].low));
  EXPECT_TRUE(std::isnan(quality.metrics[0].high));
}

TEST(Quality, JudgesEachVersionByItsOwnOutput) {
  Table predictions = testing_logs::predictions({{.request = "a", .version = 1}, {.request = "b", .time_us = 1, .version = 2}});
  predictions.add("out.score.0", numbers({1, NAN}));
  predictions.add("out.dense_2.0", numbers({NAN, 5}));
  const JoinedLog log = join_labels(predictions, labels({"a", "b"}, numbers({1, 2}), 5));
  const Signature first{.outputs = {{.name = "score", .answer = Answer::kNumber}}};
  const Signature second{.outputs = {{.name = "dense_2", .answer = Answer::kNumber}}};
  for (const JudgedOutputs& outputs : {JudgedOutputs{.versions = {{1, first}, {2, second}}}, JudgedOutputs{}}) {
    const Quality quality = measure_quality(log, all_rows(log), {.outputs = outputs, .metrics = {"mae"}});
    ASSERT_EQ(quality.versions.size(), 2U);
    EXPECT_EQ(quality.versions[0].second.metrics[0].value, 0);
    EXPECT_EQ(quality.versions[1].second.metrics[0].value, 3);
    EXPECT_EQ(quality.metrics[0].value, 1.5);
  }
}

TEST(Quality, SaysThatVersionsAnswerInDifferentForms) {
  Table predictions = testing_logs::predictions({{.request = "a", .version = 1}, {.request = "b", .time_us = 1, .version = 2}});
  predictions.add("out.score.0", numbers({0.4, NAN}));
  predictions.add("out.p.0", numbers({NAN, 0.3}));
  predictions.add("out.p.1", numbers({NAN, 0.7}));
  const JoinedLog log = join_labels(predictions, labels({"a", "b"}, numbers({1, 1}), 5));
  const Quality quality = measure_quality(log, all_rows(log), {});
  EXPECT_EQ(quality.labelled, 1);
  EXPECT_EQ(find(quality.metrics, "accuracy").value, 1);
  EXPECT_THAT(quality.notes, testing::ElementsAre(HasSubstr("version 1 answers in another form than version 2")));
  EXPECT_EQ(quality.versions.size(), 2U);
}

JoinedLog binary_log(const std::vector<double>& scores, const std::vector<double>& truths) {
  std::vector<Row> rows;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    rows.push_back({.request = std::to_string(i), .time_us = static_cast<std::int64_t>(i), .outputs = {scores[i]}});
    ids.push_back(std::to_string(i));
  }
  return join_labels(testing_logs::predictions(rows), labels(ids, numbers(truths), 1000));
}

// scikit-learn: roc_auc_score 8/9, and at 0.003 f1_score 2/3, accuracy_score 4/6. All scores fall into one bucket of Keras's AUC.
TEST(Quality, JudgesRareEventsByRanksAndTheOutputsThreshold) {
  const JoinedLog log = binary_log({0.001, 0.002, 0.0035, 0.0025, 0.004, 0.0045}, {0, 0, 0, 1, 1, 1});
  const Signature signature{.outputs = {{.name = "y", .answer = Answer::kBinary, .threshold = 0.003}}};
  const Quality quality =
      measure_quality(log, all_rows(log), {.outputs = {.otherwise = signature}, .metrics = {"auc", "f1_score", "accuracy"}});
  EXPECT_NEAR(quality.metrics[0].value, 8.0 / 9, 1e-6);
  EXPECT_NEAR(quality.metrics[1].value, 2.0 / 3, 1e-6);
  EXPECT_NEAR(quality.metrics[2].value, 4.0 / 6, 1e-6);
  EXPECT_LE(quality.metrics[0].low, quality.metrics[0].value);
  EXPECT_EQ(quality.metrics[0].metric, "auc");
}

TEST(Quality, LeavesSettingsThatAreGivenAlone) {
  const JoinedLog log = binary_log({0.1, 0.2, 0.35, 0.25, 0.4, 0.45}, {0, 0, 0, 1, 1, 1});
  const Signature signature{.outputs = {{.name = "y", .answer = Answer::kBinary}}};
  const Quality quality = measure_quality(log, all_rows(log), {.outputs = {.otherwise = signature}, .metrics = {"f1_score:threshold=0.3"}});
  EXPECT_NEAR(quality.metrics[0].value, 2.0 / 3, 1e-6);
}

TEST(ClassOf, ReadsNamesThenEqualNumbersThenIndices) {
  EXPECT_EQ(class_of("no", {"no", "yes"}, 2), 0);
  EXPECT_EQ(class_of("1", {"no", "yes"}, 2), 1);      // the names are no numbers: an index
  EXPECT_EQ(class_of("1.0", {"1", "2", "3"}, 3), 0);  // a class called 1
  EXPECT_EQ(class_of("0", {"1", "2", "3"}, 3), -1);   // no class, though an index
  EXPECT_EQ(class_of("maybe", {"no", "yes"}, 2), -1);
  EXPECT_EQ(class_of("green", {}, 3), std::nullopt);
  EXPECT_EQ(class_of("7", {}, 3), -1);
  EXPECT_EQ(class_of("true", {}, 2), 1);
}

TEST(Quality, ReadsNumbersWrittenAsText) {
  const JoinedLog log =
      join_labels(testing_logs::predictions({{.request = "a", .outputs = {1}}, {.request = "b", .time_us = 1, .outputs = {1}}}),
                  labels({"a", "b"}, words({"2.5", "many"}), 5));
  const Quality quality = measure_quality(log, all_rows(log), {.metrics = {"mae"}});
  EXPECT_EQ(quality.unusable, 1);
  EXPECT_EQ(quality.metrics[0].value, 1.5);
}

TEST(Quality, WithoutLabelsHasNoMetrics) {
  const JoinedLog log = join_labels(testing_logs::predictions({{.request = "a", .outputs = {1}}}), {});
  const Quality quality = measure_quality(log, all_rows(log), {});
  EXPECT_EQ(quality.coverage(), 0);
  EXPECT_THAT(quality.metrics, IsEmpty());
  EXPECT_TRUE(to_json(quality)["label_delay_seconds"]["p50"].is_null());
}

TEST(Judge, NamesTheOutputThatTheLogLacks) {
  const JoinedLog log = join_labels(testing_logs::predictions({{.request = "a", .outputs = {1}}}), labels({"a"}, numbers({1}), 5));
  try {
    judge(log, {0}, {.otherwise = Signature{.outputs = {{.name = "z", .answer = Answer::kNumber}}}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("out.y.0"));
  }
}

TEST(Judge, TakesTheOutputThatIsAskedFor) {
  Table predictions = testing_logs::predictions({{.request = "a", .outputs = {1}}});
  predictions.add("out.other.0", numbers({5}));
  const JoinedLog log = join_labels(predictions, labels({"a"}, numbers({1}), 5));
  EXPECT_THAT(
      judge(log, {0}, {.otherwise = Signature{.outputs = {{.name = "other", .answer = Answer::kNumber}}}}).predictions.data<double>(),
      ElementsAre(5));
}

// Two outputs, y and z, and labels of each.
TEST(Quality, JudgesEachOutputByItsOwnLabels) {
  Table predictions =
      testing_logs::predictions({{.request = "a", .time_us = 0, .outputs = {1}}, {.request = "b", .time_us = 1, .outputs = {2}}});
  predictions.add("out.z.0", numbers({10, 20}));
  Table given = labels({"a", "b", "a"}, numbers({1, 3, 14}), 5);
  given.add("output", words({"", "y", "z"}));
  const JoinedLog log = join_labels(predictions, given, "y");
  const Quality own = measure_quality(log, all_rows(log), {.metrics = {"mae"}});
  EXPECT_EQ(own.labelled, 2);
  EXPECT_NEAR(find(own.metrics, "mae").value, 0.5, 1e-6);
  const JoinedLog other = log.labelled_for("z");
  const Quality of_z = measure_quality(other, all_rows(other), {.outputs = {.output = "z"}, .metrics = {"mae"}});
  EXPECT_EQ(of_z.labelled, 1);
  EXPECT_NEAR(find(of_z.metrics, "mae").value, 4, 1e-6);
}

TEST(Join, CountsLabelsOfNoPrediction) {
  const JoinedLog log =
      join_labels(testing_logs::predictions({{.request = "a", .outputs = {1}}}), labels({"a", "b", "c"}, numbers({1, 2, 3}), 5));
  EXPECT_EQ(log.unmatched, 2);
}

// The answers that a log holds as classes, beside scores of the same decisions.
JoinedLog class_log(const std::vector<std::string>& answers, const std::vector<std::string>& truths) {
  std::vector<Row> rows;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    rows.push_back({.request = std::to_string(i), .time_us = static_cast<std::int64_t>(i)});
    ids.push_back(std::to_string(i));
  }
  Table predictions = testing_logs::predictions(rows);
  predictions.add("out.y.0", words(answers));
  return join_labels(predictions, labels(ids, words(truths), 1000));
}

// scikit-learn: f1_score(pos_label="yes") of these is 4 / 7, recall_score 2 / 3.
TEST(Quality, OfLoggedClassesIsThatOfTheSecondClass) {
  const JoinedLog log = class_log({"no", "no", "yes", "yes", "no", "yes", "yes"}, {"no", "no", "no", "no", "yes", "yes", "yes"});
  const Signature signature{.outputs = {{.name = "y", .answer = Answer::kLabel, .classes = {"no", "yes"}, .threshold = -2}}};
  const Quality quality = measure_quality(
      log, all_rows(log), {.outputs = {.otherwise = signature}, .metrics = {"f1_score", "recall", "binary_accuracy", "auc", "mae"}});
  EXPECT_NEAR(quality.metrics[0].value, 4.0 / 7, 1e-6);
  EXPECT_NEAR(quality.metrics[1].value, 2.0 / 3, 1e-6);
  EXPECT_NEAR(quality.metrics[2].value, 4.0 / 7, 1e-6);
  EXPECT_THAT(quality.metrics[3].unknown, HasSubstr("classes without scores"));
  EXPECT_THAT(quality.metrics[4].unknown, HasSubstr("compares numbers"));
}

TEST(Quality, OfLoggedClassesCountsLabelsOfUnknownClasses) {
  const JoinedLog log = class_log({"no", "yes", "no", "2"}, {"no", "yes", "maybe", "2"});
  Signature signature{.outputs = {{.name = "y", .answer = Answer::kLabel, .classes = {"no", "yes"}}}};
  const Quality quality = measure_quality(log, all_rows(log), {.outputs = {.otherwise = signature}});
  EXPECT_EQ(quality.unknown_classes, 1);  // "maybe"; "2" is what the model answered
  EXPECT_EQ(quality.unknown_answers, 1);
  EXPECT_NEAR(quality.metrics[0].value, 0.75, 1e-6);
  const JoinedLog plain = class_log({"no", "yes", "no"}, {"no", "yes", "maybe"});
  const Quality binary =
      measure_quality(plain, all_rows(plain), {.outputs = {.otherwise = signature}, .metrics = {"f1_score", "accuracy"}});
  EXPECT_THAT(binary.metrics[0].unknown, HasSubstr("of neither class"));
  EXPECT_NEAR(binary.metrics[1].value, 2.0 / 3, 1e-6);
}

TEST(Quality, OfClassesWithoutNamesTakesIndicesOnly) {
  const JoinedLog log = class_log({"0", "1", "2"}, {"0", "green", "5"});
  const Signature signature{.outputs = {{.name = "y", .dims = std::vector<std::int64_t>{-1, 3}, .answer = Answer::kLabel}}};
  const Quality quality = measure_quality(log, all_rows(log), {.outputs = {.otherwise = signature}});
  EXPECT_EQ(quality.unusable, 1);
  EXPECT_EQ(quality.unknown_classes, 1);
  EXPECT_NEAR(quality.metrics[0].value, 0.5, 1e-6);
}

// The sixteenth digit counts: float32 would see equal numbers.
TEST(Quality, KeepsTheDigitsOfNumbers) {
  const JoinedLog log = binary_log({123456789.25, 5}, {123456789.0, 5});
  EXPECT_NEAR(measure_quality(log, all_rows(log), {.metrics = {"mae"}}).metrics[0].value, 0.125, 1e-12);
}

TEST(Quality, OfNumbersKnowsNoMetricsOfClasses) {
  const JoinedLog log = binary_log({1, 2, 3}, {1.987, 2, 3});
  const Quality quality = measure_quality(log, all_rows(log), {.metrics = {"f1_score", "mae"}});
  EXPECT_TRUE(std::isnan(quality.metrics[0].value));
  EXPECT_THAT(quality.metrics[0].unknown, HasSubstr("1.987"));
  EXPECT_NEAR(quality.metrics[1].value, 0.987 / 3, 1e-6);
}

TEST(Quality, OfInfiniteAnswersIsUnknown) {
  const JoinedLog log = binary_log({1, INFINITY, 3}, {1, 2, 3.5});
  for (const Estimate& one : measure_quality(log, all_rows(log), {.metrics = {"mae", "mse", "rmse", "r2"}}).metrics) {
    EXPECT_TRUE(std::isnan(one.value)) << one.metric;
    EXPECT_THAT(one.unknown, HasSubstr("1 answers and 0 targets are no finite numbers")) << one.metric;
  }
}

TEST(MetricsFor, AreThoseThatFitWhereOtherOutputsAreJudgedToo) {
  const QualityOptions options{.metrics = {"mae", "f1_score"}, .more_metrics = {"auc"}, .several = true};
  EXPECT_THAT(metrics_for(options, JudgedAs::kNumbers), ElementsAre("mae"));
  EXPECT_THAT(metrics_for(of_other(options, "z"), JudgedAs::kBinary), ElementsAre("f1_score", "auc"));
  EXPECT_THAT(metrics_for({.metrics = {"mae"}, .several = true}, JudgedAs::kLabels), ElementsAre("accuracy"));
}

}  // namespace
}  // namespace upkeep
