#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>
#include <tuple>

#include "maintain/monitor/checks/checks_testing.hpp"

namespace upkeep::checks {
namespace {

using namespace testing_checks;

TEST(UnitChangeCheck, NamesTheChange) {
  const std::vector<double> before = normal(400, 1);
  const std::vector<double> now = normal(300, 2);
  for (const auto& [factor, offset, name] : std::vector<std::tuple<double, double, std::string>>{{1000, 0, "1000 times"},
                                                                                                 {0.001, 0, "thousandth"},
                                                                                                 {1.8, 32, "Fahrenheit"},
                                                                                                 {1, 273.15, "kelvin"},
                                                                                                 {100, 0, "per cent"},
                                                                                                 {2.54, 0, "centimetres"}}) {
    const Finding found = ask("unit-change", {.features = {numbers(before, changed(now, factor, offset))}});
    EXPECT_EQ(found.verdict, Verdict::kAlarm) << name;
    EXPECT_THAT(found.text, testing::HasSubstr(name));
  }
}

TEST(UnitChangeCheck, KnowsTheSameUnitAndAShift) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    EXPECT_EQ(ask("unit-change", {.features = {numbers(normal(300, 2 * seed), normal(60, 2 * seed + 1))}}).verdict, Verdict::kOk) << seed;
    EXPECT_EQ(ask("unit-change", {.features = {numbers(normal(300, 2 * seed), normal(60, 2 * seed + 1, 25))}}).verdict, Verdict::kOk)
        << seed;
  }
}

TEST(UnitChangeCheck, IsNotDeceivedByHeavyTails) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    std::vector<double> before = normal(1000, 2 * seed, 0, 1.5);
    std::vector<double> now = normal(100, 2 * seed + 1, 0, 1.5);
    for (std::vector<double>* side : {&before, &now})
      for (double& value : *side) value = std::exp(value);
    EXPECT_EQ(ask("unit-change", {.features = {numbers(before, now)}}).verdict, Verdict::kOk) << seed;
  }
}

TEST(UnitChangeCheck, CannotTellOfAConstant) {
  EXPECT_EQ(ask("unit-change", {.features = {numbers(std::vector<double>(100, 3.0), normal(100, 1))}}).verdict, Verdict::kUnknown);
}

}  // namespace
}  // namespace upkeep::checks
