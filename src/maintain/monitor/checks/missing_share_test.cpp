#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maintain/monitor/checks/checks_testing.hpp"

namespace upkeep::checks {
namespace {

using namespace testing_checks;

TEST(MissingShareCheck, AlarmsWhereMoreIsMissingThanInTheReference) {
  std::vector<double> holes = normal(500, 2);
  for (std::size_t i = 0; i < 25; ++i) holes[i * 20] = kNone;  // 5 %
  const Finding found = ask("missing-share", {.features = {numbers(normal(500, 1), holes)}});
  EXPECT_EQ(found.verdict, Verdict::kAlarm);
  EXPECT_EQ(found.text, "a: 5 % of 500 values are missing, 0 % in the reference");
  EXPECT_EQ(ask("missing-share", {.features = {numbers(holes, holes)}}).verdict, Verdict::kOk);
}

TEST(MissingShareCheck, AlarmsWithoutAReferenceWhereEverythingIsMissing) {
  EXPECT_EQ(ask("missing-share", {.outputs = {numbers({}, std::vector<double>(100, kNone))}}).verdict, Verdict::kAlarm);
  EXPECT_EQ(ask("missing-share", {.outputs = {words({}, std::vector<std::string>(100))}}).verdict, Verdict::kAlarm);
  EXPECT_EQ(ask("missing-share", {.outputs = {numbers({}, normal(100, 1))}}).verdict, Verdict::kOk);
}

TEST(MissingShareCheck, CannotTellOfFewRows) {
  EXPECT_EQ(ask("missing-share", {.features = {numbers(normal(500, 1), std::vector<double>(10, kNone))}}).verdict, Verdict::kUnknown);
}

}  // namespace
}  // namespace upkeep::checks
