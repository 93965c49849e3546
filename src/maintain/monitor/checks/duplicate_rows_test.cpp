#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maintain/monitor/checks/checks_testing.hpp"

namespace upkeep::checks {
namespace {

using namespace testing_checks;

TEST(DuplicateRowsCheck, AlarmsWhereEachRowComesTwice) {
  std::vector<double> twice;
  for (const double value : normal(100, 2)) twice.insert(twice.end(), {value, value});
  const Finding found = ask("duplicate-rows", {.features = {numbers(normal(300, 1), twice)}});
  EXPECT_EQ(found.verdict, Verdict::kAlarm);
  EXPECT_EQ(found.evidence["share"], 0.5);
}

TEST(DuplicateRowsCheck, TakesOffWhatRepeatsByItself) {
  EXPECT_EQ(ask("duplicate-rows", {.features = {words(cycled(300, {"x", "y"}), cycled(200, {"y", "x"}))}}).verdict, Verdict::kOk);
}

TEST(DuplicateRowsCheck, LooksAtAllFeaturesTogether) {
  Facts facts{.features = {words(cycled(300, {"x", "y"}), cycled(200, {"y", "x"})), numbers(normal(300, 1), normal(200, 2)),
                           numbers({}, normal(200, 3))}};
  EXPECT_EQ(ask("duplicate-rows", facts).evidence["share"], 0.0);
}

}  // namespace
}  // namespace upkeep::checks
