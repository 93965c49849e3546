#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "maintain/monitor/drift/drift.hpp"

namespace upkeep::drift {
namespace {

using testing::HasSubstr;

Comparison chi_square(const Categories& categories) { return catalog().at("chi-square").compare_categories(categories, Json::object()); }

// scipy.stats.chi2_contingency([[60, 40, 30, 20], [20, 40, 25, 0]], correction=False).
TEST(ChiSquare, EqualsScipy) {
  const Comparison result = chi_square({{"a", 60, 20}, {"b", 40, 40}, {"c", 30, 25}, {"d", 20, 0}});
  EXPECT_NEAR(*result.p_value / 2.1235006656509666e-05, 1.0, 1e-10);
  EXPECT_NEAR(result.score, 0.35381200332036783, 1e-14);
  EXPECT_EQ(result.verdict, Verdict::kDrifted);
  EXPECT_THAT(result.note, HasSubstr("\"d\" is gone; chi-square 24.34"));
}

TEST(ChiSquare, NamesNewCategories) {
  EXPECT_THAT(chi_square({{"lima", 50, 50}, {"oslo", 50, 0}, {"tokyo", 0, 50}}).note, HasSubstr("\"tokyo\" is new; \"oslo\" is gone"));
}

// 200 names of which each is expected less than five times.
TEST(ChiSquare, CannotJudgeNamesThatHardlyRepeat) {
  Categories names;
  for (int i = 0; i < 200; ++i) names.push_back({std::to_string(i), 1, 1});
  EXPECT_EQ(chi_square(names).verdict, Verdict::kNotEnoughEvidence);
}

TEST(ChiSquare, TakesRareCategoriesForOne) {
  Categories codes = {{"often", 1000, 1000}};
  for (int i = 0; i < 50; ++i) codes.push_back({std::to_string(i), 2.0 * (i % 2), 2.0 * ((i + 1) % 2)});
  EXPECT_EQ(chi_square(codes).verdict, Verdict::kStable);  // the rare ones are others, but as many
}

TEST(ChiSquare, IsStableForTheSameSharesOfMoreRows) {
  const Comparison result = chi_square({{"a", 3000, 100}, {"b", 6000, 200}});
  EXPECT_EQ(result.score, 0.0);
  EXPECT_EQ(result.verdict, Verdict::kStable);
}

TEST(CountCategories, LeavesOutWhatIsMissing) {
  const std::vector<std::string> before = {"a", "", "b", "a"};
  const std::vector<std::string> after = {"c", "", ""};
  const Categories categories = count_categories(before, after);
  ASSERT_EQ(categories.size(), 3U);
  EXPECT_EQ(categories[0].reference, 2);
  EXPECT_EQ(categories[2].name, "c");
  EXPECT_EQ(categories[2].current, 1);
}

}  // namespace
}  // namespace upkeep::drift
