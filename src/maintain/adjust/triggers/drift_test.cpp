#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.hpp"
#include "maintain/adjust/triggers/trigger.hpp"

namespace upkeep::triggers {
namespace {

using drift::Verdict;
using testing::HasSubstr;

MonitorReport with(const std::vector<Verdict>& verdicts) {
  MonitorReport report;
  report.drift = DriftReport{.current_rows = 200};
  for (std::size_t i = 0; i < verdicts.size(); ++i)
    report.drift->features.push_back({.name = upkeep::format("f{}", i), .measures = {{"psi", {.score = 0.5, .verdict = verdicts[i]}}}});
  return report;
}

Decision ask_drift(const MonitorReport& report, const Json& settings) { return catalog().at("drift").decide(report, settings); }

TEST(DriftTrigger, FiresFromTheGivenNumberOfFeatures) {
  const MonitorReport report = with({Verdict::kDrifted, Verdict::kStable, Verdict::kDrifted});
  EXPECT_TRUE(ask_drift(report, {{"features", 2}}).yes);
  EXPECT_FALSE(ask_drift(report, {{"features", 3}}).yes);
  EXPECT_THAT(ask_drift(report, {{"features", 2}}).reason, HasSubstr("2 of 3 features drifted by any measure: f0, f2; 2 needed"));
}

TEST(DriftTrigger, FiresFromTheGivenShare) {
  const MonitorReport report = with({Verdict::kDrifted, Verdict::kStable, Verdict::kStable, Verdict::kStable});
  EXPECT_TRUE(ask_drift(report, {{"share", 0.25}}).yes);
  EXPECT_FALSE(ask_drift(report, {{"share", 0.3}}).yes);
}

TEST(DriftTrigger, SaysThatItCannotTellWithoutEnoughEvidence) {
  const Decision decision = ask_drift(with({Verdict::kNotEnoughEvidence}), Json::object());
  EXPECT_FALSE(decision.yes);
  EXPECT_TRUE(decision.unknown);
  EXPECT_THAT(decision.reason, HasSubstr("not enough evidence"));
  EXPECT_TRUE(ask_drift({}, Json::object()).unknown);
  EXPECT_TRUE(ask_drift(with({}), Json::object()).unknown);
}

TEST(DriftTrigger, CanTellWhereTheUnknownFeaturesCouldChangeNothing) {
  const MonitorReport report = with({Verdict::kStable, Verdict::kStable, Verdict::kNotEnoughEvidence});
  EXPECT_FALSE(ask_drift(report, {{"features", 2}}).unknown);
  EXPECT_TRUE(ask_drift(report, {{"features", 1}}).unknown);
  EXPECT_FALSE(ask_drift(with({Verdict::kDrifted, Verdict::kNotEnoughEvidence}), {{"features", 1}}).unknown);
}

TEST(DriftTrigger, DoesWithTheUnknownWhatTheSettingsSay) {
  const MonitorReport report = with({Verdict::kNotEnoughEvidence});
  EXPECT_TRUE(ask_drift(report, {{"unknown", "fire"}}).yes);
  EXPECT_FALSE(ask_drift(report, {{"unknown", "quiet"}}).yes);
  EXPECT_EQ(ask_drift(report, {{"unknown", "quiet"}}).evidence["unknown_means"], "quiet");
  EXPECT_THROW(ask_drift(report, {{"unknown", "maybe"}}), Error);
}

TEST(DriftTrigger, FiresOnFeaturesThatAreMissingByEveryMeasure) {
  MonitorReport report = with({Verdict::kNotEnoughEvidence});
  report.drift->features[0].missing.verdict = Verdict::kDrifted;
  EXPECT_TRUE(ask_drift(report, Json::object()).yes);
  EXPECT_TRUE(ask_drift(report, {{"measure", "psi"}}).yes);
}

TEST(DriftTrigger, KeepsEveryScoreAsEvidence) {
  const Json evidence = ask_drift(with({Verdict::kDrifted, Verdict::kStable}), Json::object()).evidence;
  EXPECT_EQ(evidence["scores"].size(), 2U);
  EXPECT_EQ(evidence["scores"][0]["feature"], "f0");
  EXPECT_EQ(evidence["drifted"], Json({"f0"}));
}

TEST(DriftTrigger, AsksTheMonitorForItsMeasureOnce) {
  MonitorOptions options{.measures = {{"psi", {{"bins", 20}}}}};
  catalog().at("drift").prepare({{"measure", "psi"}}, options);
  EXPECT_EQ(options.measures.size(), 1U);
  catalog().at("drift").prepare({{"measure", "ks"}}, options);
  ASSERT_EQ(options.measures.size(), 2U);
  EXPECT_EQ(options.measures[1].name, "kolmogorov-smirnov");
}

TEST(DriftTrigger, RefusesAMeasureThatIsNone) {
  MonitorOptions options;
  EXPECT_THROW(catalog().at("drift").prepare({{"measure", "mmd"}}, options), Error);
  EXPECT_THROW(catalog().at("drift").prepare({{"features", 0}}, options), Error);
}

}  // namespace
}  // namespace upkeep::triggers
