#include "maintain/gauges.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Gauges, TellWhatThePassFound) {
  MaintainResult result{.model = "m\"x", .alias = "production", .version = 3};
  result.report.alarms = {"features drifted: a"};
  result.report.drift = DriftReport{};
  result.report.drift->features = {{.name = "a", .measures = {{"psi", {.score = 0.5, .verdict = drift::Verdict::kDrifted}}}},
                                   {.name = "b", .measures = {{"psi", {.score = NAN}}}}};
  const TimePoint now(std::chrono::seconds(1000));
  result.report.quality = Quality{.labelled = 7, .metrics = {{"mae", false, 2, NAN, NAN}}};
  result.report.quality->windows = {{.end = now - std::chrono::seconds(90)}};
  const std::string labels = "{model=\"m\\\"x\",alias=\"production\",version=\"3\"";
  EXPECT_THAT(prometheus_gauges(result, now),
              AllOf(HasSubstr("# TYPE upkeep_health gauge\nupkeep_health" + labels + "} 2\n"),
                    HasSubstr("upkeep_features_drifted" + labels + "} 1\n"),
                    HasSubstr("upkeep_drift_score" + labels + ",feature=\"a\",measure=\"psi\"} 0.5\n"),
                    Not(HasSubstr("feature=\"b\",measure")), HasSubstr("upkeep_quality" + labels + ",metric=\"mae\"} 2\n"),
                    Not(HasSubstr("upkeep_quality_low{")), HasSubstr("upkeep_label_staleness_seconds" + labels + "} 90\n"),
                    HasSubstr("upkeep_last_pass_timestamp_seconds" + labels + "} 1000\n")));
}

}  // namespace
}  // namespace upkeep
