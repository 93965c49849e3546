#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maintain/monitor/checks/checks_testing.hpp"

namespace upkeep::checks {
namespace {

using namespace testing_checks;

TEST(LabelUnitCheck, AlarmsWhereLabelsAreInAnotherUnit) {
  EXPECT_EQ(ask("label-unit", {.labels = numbers(normal(300, 1), changed(normal(100, 2), 1000, 0))}).verdict, Verdict::kAlarm);
  EXPECT_EQ(ask("label-unit", {.labels = numbers(normal(300, 1), normal(100, 2))}).verdict, Verdict::kOk);
}

}  // namespace
}  // namespace upkeep::checks
