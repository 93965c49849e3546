#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maintain/monitor/checks/checks_testing.hpp"

namespace upkeep::checks {
namespace {

using namespace testing_checks;

TEST(OutOfRangeCheck, AlarmsWhereManyValuesLieOutside) {
  std::vector<double> wild = normal(200, 2);
  for (std::size_t i = 0; i < 30; ++i) wild[i] = 999;
  const Finding found = ask("out-of-range", {.features = {numbers(normal(1000, 1), wild)}});
  EXPECT_EQ(found.verdict, Verdict::kAlarm);
  EXPECT_EQ(found.evidence["above"], 30);
}

TEST(OutOfRangeCheck, ExpectsSomeValuesOutside) {
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    EXPECT_EQ(ask("out-of-range", {.features = {numbers(normal(100, 2 * seed), normal(300, 2 * seed + 1))}}).verdict, Verdict::kOk);
}

TEST(OutOfRangeCheck, TakesInfinityForOutside) {
  std::vector<double> wild = normal(200, 2);
  std::fill_n(wild.begin(), 50, std::numeric_limits<double>::infinity());
  EXPECT_EQ(ask("out-of-range", {.features = {numbers(normal(1000, 1), wild)}}).verdict, Verdict::kAlarm);
}

}  // namespace
}  // namespace upkeep::checks
