#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maintain/monitor/checks/checks_testing.hpp"

namespace upkeep::checks {
namespace {

using namespace testing_checks;

TEST(ConstantCheck, AlarmsWhereAFeatureStandsStill) {
  EXPECT_EQ(ask("constant", {.features = {numbers(normal(300, 1), std::vector<double>(100, 0.0))}}).verdict, Verdict::kAlarm);
  EXPECT_EQ(ask("constant", {.features = {words(cycled(300, {"x", "y"}), cycled(100, {"x"}))}}).verdict, Verdict::kAlarm);
}

TEST(ConstantCheck, KnowsThatAReferenceIsConstantOrNearlySo) {
  EXPECT_EQ(ask("constant", {.features = {numbers(std::vector<double>(300, 7.0), std::vector<double>(100, 7.0))}}).verdict, Verdict::kOk);
  std::vector<double> nearly(300, 7.0);
  nearly[0] = 8;  // 100 rows without an 8 come 7 times in 10
  EXPECT_EQ(ask("constant", {.features = {numbers(nearly, std::vector<double>(100, 7.0))}}).verdict, Verdict::kOk);
}

// Values between two of the reference's quantiles are counted in one cell, whether they vary or not.
TEST(ConstantCheck, AsksTheRangeOfNumbersThatWereCountedInCells) {
  Values counted{.name = "a",
                 .sides = {.reference_numbers = normal(300, 1),
                           .current_numbers = Sample::counted({20}, {100}, 0),
                           .in_cells = true,
                           .current_range = std::pair(20.1, 20.2)},
                 .known = {}};
  EXPECT_EQ(ask("constant", {.features = {counted}}).verdict, Verdict::kOk);
  counted.sides.current_range = std::pair(20.1, 20.1);
  const Finding finding = ask("constant", {.features = {counted}});
  EXPECT_EQ(finding.verdict, Verdict::kAlarm);
  EXPECT_EQ(finding.evidence["value"], "20.1");
}

TEST(ConstantCheck, CannotTellWhereEverythingIsMissing) {
  EXPECT_EQ(ask("constant", {.features = {numbers(normal(300, 1), std::vector<double>(100, kNone))}}).verdict, Verdict::kUnknown);
}

}  // namespace
}  // namespace upkeep::checks
