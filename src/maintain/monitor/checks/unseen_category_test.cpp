#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maintain/monitor/checks/checks_testing.hpp"

namespace upkeep::checks {
namespace {

using namespace testing_checks;

TEST(UnseenCategoryCheck, NamesWhatTheReferenceDoesNotHave) {
  const Finding found = ask("unseen-category", {.features = {words(cycled(300, {"rome", "oslo"}), cycled(100, {"rome", "tokyo"}))}});
  EXPECT_EQ(found.verdict, Verdict::kAlarm);
  EXPECT_EQ(found.text, "a: 50 % of 100 values are of 1 categories that the reference does not have: \"tokyo\"");
}

TEST(UnseenCategoryCheck, GoesByWhatTheModelKnowsWhereItSaysSo) {
  Values values = words(cycled(300, {"rome", "oslo"}), cycled(100, {"rome", "tokyo"}));
  values.known = {"rome", "oslo", "tokyo"};
  EXPECT_EQ(ask("unseen-category", {.features = {values}}).verdict, Verdict::kOk);
  values.known = {"rome"};
  values.sides.reference_words = {};
  EXPECT_EQ(ask("unseen-category", {.features = {values}}).verdict, Verdict::kAlarm);
}

TEST(UnseenCategoryCheck, ExpectsNewNamesWhereTheReferencesHardlyRepeat) {
  std::vector<std::string> before, now;
  for (int i = 0; i < 300; ++i) before.push_back("b" + std::to_string(i));
  for (int i = 0; i < 300; ++i) now.push_back("n" + std::to_string(i));
  EXPECT_EQ(ask("unseen-category", {.features = {words(before, now)}}).verdict, Verdict::kOk);
}

}  // namespace
}  // namespace upkeep::checks
