#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "maintain/monitor/drift/drift.hpp"

namespace upkeep::drift {
namespace {

// The formula written out in NumPy; cells of 20 20 20 20 and 9 14 13 24, with scipy.stats.chi2 for the tail.
TEST(Hellinger, EqualsScipyOverTheReferencesQuartiles) {
  std::vector<double> reference(80);
  std::iota(reference.begin(), reference.end(), 0.0);
  std::vector<double> current;
  for (int i = 0; i < 60; ++i) current.push_back(i * 53 % 97 * 0.9 + 10);
  const Comparison result = catalog().at("hellinger").compare(reference, current, {{"bins", 4}});
  EXPECT_NEAR(result.score, 0.12594755591178242, 1e-14);
  EXPECT_NEAR(*result.p_value, 0.22597812264104955, 1e-12);
  EXPECT_EQ(result.verdict, Verdict::kStable);
}

TEST(Hellinger, EqualsScipyOverCategories) {
  const Categories categories = {{"a", 60, 20}, {"b", 40, 40}, {"c", 30, 25}, {"d", 20, 0}};
  const Comparison result = catalog().at("hellinger").compare_categories(categories, Json::object());
  EXPECT_NEAR(result.score, 0.31053570681755865, 1e-14);
  EXPECT_EQ(result.verdict, Verdict::kDrifted);
}

TEST(Hellinger, IsZeroForTheSameValuesAndOneForNoneInCommon) {
  const auto& measure = catalog().at("hellinger");
  const std::vector<double> ones(100, 1.0);
  const std::vector<double> twos(100, 2.0);
  EXPECT_EQ(measure.compare(ones, ones, Json::object()).score, 0.0);
  EXPECT_NEAR(measure.compare(ones, twos, Json::object()).score, 1.0, 1e-15);
}

}  // namespace
}  // namespace upkeep::drift
