#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maintain/monitor/checks/checks_testing.hpp"

namespace upkeep::checks {
namespace {

using namespace testing_checks;

TEST(LabelClassesCheck, AlarmsWhereTheModelDoesNotKnowThem) {
  Facts facts;
  facts.judged = Judged{.as = JudgedAs::kScores, .classes = 3};
  facts.judged->rows.resize(200);
  facts.judged->unknown_classes = 40;
  EXPECT_EQ(ask("label-classes", facts).verdict, Verdict::kAlarm);
  facts.judged->unknown_classes = 1;
  EXPECT_EQ(ask("label-classes", facts).verdict, Verdict::kOk);
}

}  // namespace
}  // namespace upkeep::checks
