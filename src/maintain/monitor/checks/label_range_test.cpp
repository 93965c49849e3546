#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maintain/monitor/checks/checks_testing.hpp"

namespace upkeep::checks {
namespace {

using namespace testing_checks;

TEST(LabelRangeCheck, AlarmsWhereLabelsLieOutside) {
  EXPECT_EQ(ask("label-range", {.labels = numbers(normal(300, 1), normal(100, 2, 60))}).verdict, Verdict::kAlarm);
  EXPECT_EQ(ask("label-range", {.labels = numbers(normal(300, 1), normal(100, 2))}).verdict, Verdict::kOk);
  EXPECT_TRUE(catalog().at("label-range").run({}, Json::object()).empty());
}

}  // namespace
}  // namespace upkeep::checks
