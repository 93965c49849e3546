#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maintain/adjust/triggers/trigger.hpp"

namespace upkeep::triggers {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

MonitorReport with(std::int64_t labelled, const Estimate& estimate) {
  MonitorReport report;
  report.quality = Quality{.labelled = labelled, .metrics = {estimate}};
  return report;
}

Decision ask_quality(const MonitorReport& report, const Json& settings) { return catalog().at("quality").decide(report, settings); }

TEST(QualityTrigger, FiresWhenTheWholeIntervalLiesBeyondTheBound) {
  const Decision decision = ask_quality(with(120, {"mae", false, 71.2, 68.1, 74.9}), {{"metric", "mae"}, {"bound", 60}});
  EXPECT_TRUE(decision.yes);
  EXPECT_THAT(decision.reason, HasSubstr("mae 71.2 [68.1, 74.9] on 120 labelled rows is beyond the bound 60"));
  EXPECT_EQ(decision.evidence["estimate"]["low"], 68.1);
}

TEST(QualityTrigger, DoesNotFireWhileTheIntervalHoldsTheBound) {
  EXPECT_FALSE(ask_quality(with(120, {"mae", false, 71.2, 59.9, 84}), {{"metric", "mae"}, {"bound", 60}}).yes);
  EXPECT_FALSE(ask_quality(with(120, {"mae", false, 40, 38, 42}), {{"metric", "mae"}, {"bound", 60}}).yes);
}

TEST(QualityTrigger, TurnsAroundWhereHigherIsBetter) {
  EXPECT_TRUE(ask_quality(with(120, {"accuracy", true, 0.7, 0.65, 0.75}), {{"metric", "accuracy"}, {"bound", 0.8}}).yes);
  EXPECT_FALSE(ask_quality(with(120, {"accuracy", true, 0.9, 0.85, 0.95}), {{"metric", "accuracy"}, {"bound", 0.8}}).yes);
}

TEST(QualityTrigger, WantsEvidence) {
  const Decision decision = ask_quality(with(49, {"mae", false, 71.2, 68.1, 74.9}), {{"metric", "mae"}, {"bound", 60}});
  EXPECT_FALSE(decision.yes);
  EXPECT_THAT(decision.reason, HasSubstr("not enough evidence, 49 labelled rows of 50 needed"));
  EXPECT_TRUE(decision.unknown);
  EXPECT_TRUE(ask_quality({}, {{"metric", "mae"}, {"bound", 60}}).unknown);
}

TEST(QualityTrigger, NeverTakesNaNForFine) {
  const Decision decision = ask_quality(with(120, {"mae", false, NAN, NAN, NAN}), {{"metric", "mae"}, {"bound", 60}});
  EXPECT_FALSE(decision.yes);
  EXPECT_TRUE(decision.unknown);
  EXPECT_THAT(decision.reason, HasSubstr("mae cannot be told of 120 labelled rows"));
  EXPECT_TRUE(ask_quality(with(120, {"mae", false, NAN, NAN, NAN}), {{"metric", "mae"}, {"bound", 60}, {"unknown", "fire"}}).yes);
}

TEST(QualityTrigger, TakesTheOutputThatItsMetricFits) {
  MonitorReport report = with(120, {"mae", false, 71.2, 68.1, 74.9});
  report.other_outputs.push_back({.output = "risk", .labelled = 90, .metrics = {{"f1_score", true, 0.6, 0.5, 0.65}}});
  const Decision decision = ask_quality(report, {{"metric", "f1_score"}, {"bound", 0.7}});
  EXPECT_TRUE(decision.yes);
  EXPECT_THAT(decision.reason, HasSubstr("on 90 labelled rows"));
  const Decision none = ask_quality(report, {{"metric", "auc"}, {"bound", 0.7}});
  EXPECT_TRUE(none.unknown);
  EXPECT_THAT(none.reason, HasSubstr("fits the answers of no output"));
}

TEST(QualityTrigger, AsksTheMonitorForItsMetric) {
  MonitorOptions options;
  catalog().at("quality").prepare({{"metric", "rmse"}, {"bound", 1}}, options);
  EXPECT_THAT(options.more_metrics, ElementsAre("rmse"));
}

TEST(QualityTrigger, RefusesSettingsThatSayTooLittle) {
  MonitorOptions options;
  for (const Json& bad : {Json::object(), Json({{"metric", "mae"}}), Json({{"bound", 1}}), Json({{"metric", "maee"}, {"bound", 1}}),
                          Json({{"metrics", "mae"}, {"bound", 1}})})
    EXPECT_THROW(catalog().at("quality").prepare(bad, options), Error) << bad;
}

TEST(QualityTrigger, DecidesTheSameFromTheSameReport) {
  const MonitorReport report = with(120, {"mae", false, 71.2, 68.1, 74.9});
  const Json settings = {{"metric", "mae"}, {"bound", 60}};
  EXPECT_EQ(ask_quality(report, settings).evidence, ask_quality(report, settings).evidence);
}

}  // namespace
}  // namespace upkeep::triggers
