#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maintain/monitor/drift/drift.hpp"

namespace upkeep::drift {
namespace {

using testing::HasSubstr;

Comparison psi(const std::vector<double>& reference, const std::vector<double>& current, const Json& settings) {
  return catalog().at("psi").compare(reference, current, settings);
}

// The formula written out in NumPy, with scipy.stats.chi2 for the tail; cells [.., 20), [20, 40), [40, 60), [60, ..) hold 20 20 20 20 and 9
// 14 13 24.
TEST(Psi, EqualsTheFormulaInNumPy) {
  std::vector<double> reference;
  std::vector<double> current;
  for (int i = 0; i < 80; ++i) reference.push_back(i);
  for (int i = 0; i < 60; ++i) current.push_back(i * 53 % 97 * 0.9 + 10);
  const Comparison result = psi(reference, current, {{"bins", 4}});
  EXPECT_NEAR(result.score, 0.11936740719357844, 1e-15);
  EXPECT_NEAR(*result.p_value, 0.25163738252284357, 1e-13);
  EXPECT_NEAR(result.threshold, 0.33089194629587737, 1e-14);
  EXPECT_EQ(result.verdict, Verdict::kStable);  // above the rule of thumb, within chance
}

// Likewise; counts 60 40 0 and 30 20 10.
TEST(Psi, PutsValuesTheReferenceNeverHadIntoACellOfTheirOwn) {
  std::vector<double> reference(60, 0.0);
  reference.insert(reference.end(), 40, 1.0);
  std::vector<double> current(30, 0.0);
  current.insert(current.end(), 20, 1.0);
  current.insert(current.end(), 10, 2.0);
  const Comparison result = psi(reference, current, Json::object());
  EXPECT_NEAR(result.score, 0.6180965605351149, 1e-15);
  EXPECT_NEAR(*result.p_value / 9.264594092505045e-06, 1.0, 1e-12);
  EXPECT_EQ(result.verdict, Verdict::kDrifted);
}

// The formula written out in NumPy, over four categories.
TEST(Psi, EqualsTheFormulaOverCategories) {
  const Categories categories = {{"a", 60, 20}, {"b", 40, 40}, {"c", 30, 25}, {"d", 20, 0}};
  EXPECT_NEAR(catalog().at("psi").compare_categories(categories, Json::object()).score, 0.6386949504214097, 1e-14);
}

TEST(Psi, LetsNoSingleUnseenValueDecide) {
  std::vector<double> reference(1000, 0.0);
  std::vector<double> current(999, 0.0);
  current.push_back(7.0);
  EXPECT_LT(psi(reference, current, Json::object()).score,
            0.01);  // a fixed fill of 1e-4 for empty cells would grow with ln(10) per power of ten
}

TEST(Psi, IsZeroForTheSameValues) {
  std::vector<double> values;
  for (int i = 0; i < 500; ++i) values.push_back(i * 37 % 101);
  EXPECT_EQ(psi(values, values, Json::object()).score, 0.0);
}

TEST(Psi, SaysItsRuleInWords) {
  const std::vector<double> values(100, 1.0);
  EXPECT_THAT(psi(values, values, Json::object()).note, HasSubstr("100 reference and 100 current values"));
}

}  // namespace
}  // namespace upkeep::drift
