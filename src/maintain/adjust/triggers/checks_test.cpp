#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maintain/adjust/triggers/trigger.hpp"

namespace upkeep::triggers {
namespace {

using testing::HasSubstr;

Decision ask_checks(const std::vector<checks::Finding>& findings, const Json& settings) {
  MonitorReport report;
  report.checks = findings;
  return catalog().at("checks").decide(report, settings);
}

checks::Finding finding(const std::string& check, checks::Verdict verdict) {
  return {.check = check, .subject = "a", .verdict = verdict, .text = "a: so"};
}

TEST(ChecksTrigger, FiresOnAlarms) {
  const Decision decision =
      ask_checks({finding("unit-change", checks::Verdict::kAlarm), finding("constant", checks::Verdict::kOk)}, Json::object());
  EXPECT_TRUE(decision.yes);
  EXPECT_THAT(decision.reason, HasSubstr("1 of 2 checks alarm: unit-change (a: so); 1 needed"));
  EXPECT_FALSE(ask_checks({finding("unit-change", checks::Verdict::kAlarm)}, {{"alarms", 2}}).yes);
}

TEST(ChecksTrigger, AsksOnlyTheChecksThatAreNamed) {
  const std::vector<checks::Finding> findings = {finding("unit-change", checks::Verdict::kAlarm),
                                                 finding("constant", checks::Verdict::kOk)};
  EXPECT_FALSE(ask_checks(findings, {{"checks", {"constant"}}}).yes);
  MonitorOptions options;
  EXPECT_THROW(catalog().at("checks").prepare({{"checks", {"units"}}}, options), Error);
}

TEST(ChecksTrigger, CannotTellWhereNoCheckCan) {
  EXPECT_TRUE(ask_checks({}, Json::object()).unknown);
  EXPECT_TRUE(ask_checks({finding("constant", checks::Verdict::kUnknown)}, Json::object()).unknown);
  EXPECT_TRUE(ask_checks({}, {{"unknown", "fire"}}).yes);
}

}  // namespace
}  // namespace upkeep::triggers
