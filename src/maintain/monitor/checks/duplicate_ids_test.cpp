#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maintain/monitor/checks/checks_testing.hpp"

namespace upkeep::checks {
namespace {

using namespace testing_checks;

TEST(DuplicateIdsCheck, CountsRowsThatShareTheirId) {
  Facts facts;
  for (int i = 0; i < 100; ++i) facts.requests.push_back({.id = "a", .row = i % 2});
  EXPECT_EQ(ask("duplicate-ids", facts).verdict, Verdict::kAlarm);
  EXPECT_EQ(ask("duplicate-ids", facts).text, "98 of 100 rows have the request id and row of another one");
  facts.requests.clear();
  for (int i = 0; i < 100; ++i) facts.requests.push_back({.id = "a", .row = i});
  EXPECT_EQ(ask("duplicate-ids", facts).verdict, Verdict::kOk);
}

}  // namespace
}  // namespace upkeep::checks
