#include "maintain/monitor/monitor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/ops.hpp"
#include "maintain/monitor/log_testing.hpp"
#include "maintain/scenario_testing.hpp"
#include "train/training_record.hpp"

namespace upkeep {
namespace {

using scenario::Deployment;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

MonitorOptions monitoring_of(const Deployment& deployment) {
  return {.log = deployment.registry.log_folder(),
          .name = "m",
          .model = deployment.registry.load(deployment.registry.version("m", 1)),
          .reference = deployment.reference()};
}

TEST(Monitor, FindsTheShiftAndTheLossOfQuality) {
  Deployment deployment;
  deployment.traffic(200, "r", 7, {.shift = 1.5, .offset = 6}, 120);
  const MonitorReport report = monitor(monitoring_of(deployment));
  EXPECT_EQ(report.traffic.all.requests, 200);
  EXPECT_EQ(report.drift->drifted("psi"), 2);
  EXPECT_TRUE(report.drift->features[0].drifted());
  EXPECT_TRUE(report.drift->features[1].drifted());
  EXPECT_FALSE(report.drift->features[2].drifted());
  EXPECT_EQ(report.quality->labelled, 120);
  const Estimate& now = find(report.quality->metrics, "mae");
  const Estimate& before = find(report.quality->reference, "mae");
  EXPECT_NEAR(before.value, 0.3 * std::sqrt(2 / std::numbers::pi), 0.05);  // the noise that nothing can predict
  EXPECT_GT(now.low, before.high);
}

// A file of Keras's says by its loss alone that the answers are logits of a binary question: decisions at 0 are right in 3 of 4 rows.
TEST(Monitor, KnowsByTheLossWhatAnUnsignedModelAnswers) {
  Model model;
  Ops ops(model);
  ops.output(ops.node("Identity", {ops.input("x", DType::kFloat32, {"N", 1})}), "y");
  set_training_record(model, {.compile = Compile{.loss = parse_named("binary_crossentropy:from_logits=true"), .metrics = {"accuracy"}}});
  Table labels;
  labels.add("request_id", Tensor({4}, std::vector<std::string>{"a", "b", "c", "d"}));
  labels.add("row", Tensor::full<std::int64_t>({4}, 0));
  labels.add("label", Tensor({4}, std::vector<double>{1, 0, 0, 1}));
  const Table answers = testing_logs::predictions({{.request = "a", .outputs = {0.2}},
                                                   {.request = "b", .time_us = 1, .outputs = {-1}},
                                                   {.request = "c", .time_us = 2, .outputs = {0.4}},
                                                   {.request = "d", .time_us = 3, .outputs = {3}}});
  const MonitorReport report = monitor(join_labels(answers, labels), {.name = "m", .model = model});
  EXPECT_EQ(find(report.quality->metrics, "accuracy").value, 0.75);
}

TEST(Monitor, StaysQuietWhereNothingChanged) {
  Deployment deployment;
  deployment.traffic(200, "r", 8, {}, 120);
  const MonitorReport report = monitor(monitoring_of(deployment));
  for (const FeatureDrift& feature : report.drift->features) EXPECT_FALSE(feature.drifted()) << feature.name;
  for (const FeatureDrift& prediction : report.drift->predictions) EXPECT_FALSE(prediction.drifted());
  EXPECT_LT(find(report.quality->metrics, "mae").low, find(report.quality->reference, "mae").high);
}

// A client that calls all of its requests the same.
TEST(Monitor, SaysThatLabelsOfIdsThatStandForSeveralAnswersDoNotCount) {
  Deployment deployment;
  deployment.traffic(20, "r", 8, {}, 5);
  deployment.traffic(20, "r", 9, {}, 0);
  const MonitorReport report = monitor(monitoring_of(deployment));
  EXPECT_EQ(report.quality->labelled, 0);
  EXPECT_THAT(report.notes, testing::Contains(HasSubstr("5 labels count for nothing: their request id stands for several answers")));
}

TEST(Monitor, JudgesOneVersionAndItsLastRows) {
  Deployment deployment;
  deployment.traffic(100, "old", 7, {.shift = 3}, 50);
  deployment.registry.publish("m", scenario::trained(scenario::rows(300, 2), 5));
  deployment.traffic(80, "new", 8, {}, 40, 2);
  MonitorOptions options = monitoring_of(deployment);
  options.version = 2;
  const MonitorReport report = monitor(options);
  EXPECT_EQ(report.traffic.all.requests, 180);
  EXPECT_EQ(report.rows, 80);
  EXPECT_EQ(report.drift->drifted("psi"), 0);
  EXPECT_EQ(report.quality->answered, 80);
  options.last_rows = 60;
  EXPECT_EQ(monitor(options).rows, 60);
}

TEST(Monitor, SaysWhatItCouldNotJudge) {
  Deployment deployment;
  deployment.traffic(60, "r", 7, {}, 0);
  MonitorOptions options = monitoring_of(deployment);
  options.reference.clear();
  const MonitorReport report = monitor(options);
  EXPECT_FALSE(report.drift);
  EXPECT_THAT(report.unknown, ElementsAre(HasSubstr("drift is not judged"), HasSubstr("quality is not known")));
  EXPECT_EQ(report.health(), Health::kUnknown);
  options.version = 9;
  EXPECT_THAT(monitor(options).unknown, ElementsAre(HasSubstr("version 9 has answered nothing")));
}

TEST(Monitor, WorksWithoutTheModel) {
  Deployment deployment;
  deployment.traffic(100, "r", 7, {.shift = 1.5, .offset = 6}, 60);
  MonitorOptions options = monitoring_of(deployment);
  options.model.reset();
  const MonitorReport report = monitor(options);
  EXPECT_EQ(report.drift->drifted("psi"), 2);
  EXPECT_TRUE(report.drift->predictions.empty());
  EXPECT_EQ(report.quality->metrics.size(), 2U);  // mae and rmse, as nobody says otherwise
}

TEST(Monitor, CountsOnlyWhatLiesInTheWindow) {
  Deployment deployment;
  const TimePoint start = deployment.clock.now();
  deployment.traffic(100, "r", 7, {}, 100);
  MonitorOptions options = monitoring_of(deployment);
  options.since = start + std::chrono::seconds(11);
  options.until = start + std::chrono::seconds(70);
  EXPECT_EQ(monitor(options).traffic.all.requests, 60);
  options.labels_until = start;
  EXPECT_EQ(monitor(options).quality->labelled, 0);
}

TEST(Monitor, ErrorsNameTheLogAndTheReference) {
  Deployment deployment;
  MonitorOptions options = monitoring_of(deployment);
  options.name = "nobody";
  EXPECT_THROW(monitor(options), Error);
  deployment.traffic(10, "r", 7, {}, 0);
  options = monitoring_of(deployment);
  options.reference = deployment.folder / "absent.csv";
  try {
    monitor(options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("absent.csv"));
  }
}

TEST(Monitor, GivesTheSameJsonEachTime) {
  Deployment deployment;
  deployment.traffic(100, "r", 7, {.shift = 1}, 60);
  const MonitorOptions options = monitoring_of(deployment);
  EXPECT_EQ(to_json(monitor(options)).dump(), to_json(monitor(options)).dump());
}

TEST(MonitorPage, TellsVerdictsDistributionsAndTraffic) {
  Deployment deployment;
  deployment.traffic(200, "r", 7, {.shift = 1.5, .offset = 6}, 120);
  const MonitorReport report = monitor(monitoring_of(deployment));
  EXPECT_THAT(monitor_page(report), AllOf(HasSubstr("features drifted: a, b"), HasSubstr("is worse than the reference"),
                                          HasSubstr("mae over time"), HasSubstr("Requests over time")));
  EXPECT_THAT(summary(report),
              AllOf(HasSubstr("200 requests"), HasSubstr("2 of 4 features: a, b"), HasSubstr("on 120 labelled rows (60 % of 200)")));
}

TEST(Monitor, ChecksWhatIsPlainlyWrong) {
  Deployment deployment;
  deployment.traffic(200, "r", 7, {.missing_row = -1}, 120);
  const MonitorReport report = monitor(monitoring_of(deployment));
  EXPECT_EQ(report.health(), Health::kAlarm);
  ASSERT_FALSE(report.checks.empty());
  EXPECT_EQ(report.checks.front().check, "missing-share");
  EXPECT_THAT(report.alarms, testing::Contains(HasSubstr("missing-share: out.0: 100 % of 200 values are missing")));
  EXPECT_THAT(monitor_page(report), HasSubstr("missing-share"));
  EXPECT_THAT(summary(report), HasSubstr("checks   "));
}

TEST(Monitor, ChecksTheLogAloneWhereThereIsNoReference) {
  Deployment deployment;
  deployment.traffic(200, "r", 7, {.missing_row = -1}, 0);
  MonitorOptions options = monitoring_of(deployment);
  options.reference.clear();
  options.model.reset();
  EXPECT_EQ(monitor(options).health(), Health::kAlarm);
}

TEST(Monitor, ComparesWithAPastWindow) {
  Deployment deployment;
  const TimePoint start = deployment.clock.now();
  deployment.traffic(200, "before", 7, {.shift = 1.5}, 100);
  const TimePoint middle = deployment.clock.now();
  deployment.traffic(200, "now", 8, {.shift = 1.5}, 100);
  MonitorOptions options = monitoring_of(deployment);
  options.since = middle;
  EXPECT_EQ(monitor(options).drift->drifted("psi"), 2);
  options.against = std::pair(start, middle);
  options.per = "hour";
  const MonitorReport report = monitor(options);
  EXPECT_EQ(report.drift->drifted("psi"), 0);
  EXPECT_EQ(report.drift->reference_rows, 200);
  EXPECT_EQ(report.quality->reference_rows, 100);
  ASSERT_EQ(report.timeline.size(), 1U);
  EXPECT_EQ(report.timeline[0].rows, 200);
  EXPECT_THAT(monitor_page(report), HasSubstr("Over time"));
  options.against = std::pair(start - std::chrono::hours(2), start - std::chrono::hours(1));
  EXPECT_THAT(monitor(options).unknown, testing::Contains(HasSubstr("the window to compare with has no predictions")));
}

TEST(MonitorPage, OfAnEmptyReportSaysSo) {
  EXPECT_THAT(monitor_page(monitor(JoinedLog{}, {.name = "m"})), HasSubstr("no predictions in this window"));
}

}  // namespace
}  // namespace upkeep
