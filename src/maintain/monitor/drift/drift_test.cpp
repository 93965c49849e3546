#include "maintain/monitor/drift/drift.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace upkeep::drift {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;

Comparison with(double p, double score, double alpha = 0.05) {
  return {.score = score, .threshold = 0.1, .min_effect = 0.1, .alpha = alpha, .p_value = p, .verdict = Verdict::kStable};
}

// scipy.stats.false_discovery_control(p, method="bh"), SciPy 1.17.1
TEST(Adjust, EqualsSciPysBenjaminiHochberg) {
  EXPECT_THAT(adjust({0.001, 0.04, 0.03, 0.5, 0.012}, "benjamini-hochberg"), Pointwise(DoubleNear(1e-15), {0.005, 0.05, 0.05, 0.5, 0.03}));
}

TEST(Adjust, MultipliesByTheNumberOfTestsForBonferroni) {
  EXPECT_THAT(adjust({0.01, 0.02, 0.9}, "bonferroni"), Pointwise(DoubleNear(1e-15), {0.03, 0.06, 1.0}));
  EXPECT_THAT(adjust({0.01, 0.9}, "none"), ElementsAre(0.01, 0.9));
  EXPECT_TRUE(adjust({}, "benjamini-hochberg").empty());
}

TEST(Adjust, NamesTheCorrectionsThereAre) {
  try {
    adjust({0.1}, "holm");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("bonferroni"));
  }
}

TEST(Decide, DoesNotCallOneOfTwentySmallPValuesDrift) {
  std::vector<Comparison> all(20, with(0.6, 0.3));
  all[7] = with(0.03, 0.3);
  std::vector<Comparison*> pointers;
  for (Comparison& one : all) pointers.push_back(&one);
  decide(pointers, "none");
  EXPECT_EQ(all[7].verdict, Verdict::kDrifted);
  decide(pointers, "benjamini-hochberg");
  EXPECT_EQ(all[7].verdict, Verdict::kStable);
}

TEST(Decide, WantsAnEffectThatMattersBesideSignificance) {
  Comparison tiny = with(1e-20, 0.01);
  Comparison large = with(1e-20, 0.4);
  decide({&tiny, &large}, "bonferroni");
  EXPECT_EQ(tiny.verdict, Verdict::kStable);
  EXPECT_EQ(large.verdict, Verdict::kDrifted);
  EXPECT_THAT(large.note, HasSubstr("over 2 features"));
}

TEST(Decide, LeavesAComparisonWithoutEvidenceAloneAndOutOfTheCount) {
  Comparison none = *too_small(10, 500, 50);
  Comparison one = with(0.04, 0.4);
  decide({&none, &one}, "bonferroni");
  EXPECT_EQ(none.verdict, Verdict::kNotEnoughEvidence);
  EXPECT_EQ(one.verdict, Verdict::kDrifted);  // 1 * 0.04, not 2 * 0.04
}

TEST(ToJson, WritesNullForWhatIsNotANumber) {
  const Json json = to_json(*too_small(10, 500, 50));
  EXPECT_TRUE(json["score"].is_null());
  EXPECT_TRUE(json["p_value"].is_null());
  EXPECT_EQ(json["verdict"], "not enough evidence");
  EXPECT_THAT(json["note"].get<std::string>(), HasSubstr("10 reference and 500 current values; at least 50"));
}

// scipy.stats.chi2.sf and .isf, SciPy 1.17.1
TEST(ChiSquare, EqualsSciPy) {
  EXPECT_NEAR(chi_square_tail(16.9, 9), 0.0503051901243108, 1e-15);
  EXPECT_NEAR(chi_square_tail(200, 4) / 3.75727673578106e-42, 1.0, 1e-12);
  EXPECT_NEAR(chi_square_critical(0.01, 9), 21.665994333461928, 1e-12);
  EXPECT_NEAR(chi_square_critical(0.05, 1), 3.8414588206941285, 1e-13);
  EXPECT_EQ(chi_square_tail(0.1, 0), 0.0);
  EXPECT_EQ(chi_square_tail(0, 3), 1.0);
}

TEST(Cells, HoldEqualSharesOfTheReference) {
  std::vector<double> reference;
  for (int i = 0; i < 1000; ++i) reference.push_back(std::sqrt(i));
  EXPECT_THAT(Cells(reference, 4).counts(reference), ElementsAre(250, 250, 250, 250));
}

TEST(Cells, GiveEachOfAFewValuesItsOwnAndOneToTheRest) {
  const Cells cells(std::vector<double>{0, 0, 1, 1, 1, 5}, 10);
  EXPECT_TRUE(cells.discrete());
  const std::vector<double> current = {0, 0.5, 5, 5, 7};
  EXPECT_THAT(cells.counts(current), ElementsAre(1, 0, 2, 2));
  EXPECT_EQ(cells.label(2), "5");
  EXPECT_EQ(cells.label(3), "other");
}

TEST(Cells, NeverOverlapOnAReferenceFullOfTies) {
  std::vector<double> reference(900, 0.0);
  for (int i = 0; i < 100; ++i) reference.push_back(i + 1);
  const Cells cells(reference, 10);
  const std::vector<double> counts = cells.counts(reference);
  EXPECT_EQ(counts.size(), 2U);
  EXPECT_THAT(counts, ElementsAre(900, 100));
}

TEST(Cells, TakeInfinitiesAsExtremeValues) {
  std::vector<double> reference;
  for (int i = 0; i < 100; ++i) reference.push_back(i);
  const std::vector<double> current = {-HUGE_VAL, HUGE_VAL};
  EXPECT_THAT(Cells(reference, 2).counts(current), ElementsAre(1, 1));
}

// What the catalog promises of every measure, whatever it computes.
class EveryMeasure : public testing::TestWithParam<std::string> {
 protected:
  Comparison compare(const std::vector<double>& reference, const std::vector<double>& current,
                     const Json& settings = Json::object()) const {
    return catalog().at(GetParam()).compare(reference, current, settings);
  }
  static std::vector<double> normal(unsigned seed, std::size_t size, double mean = 0, double deviation = 1) {
    std::mt19937 engine(seed);
    std::normal_distribution<double> draw(mean, deviation);
    std::vector<double> values(size);
    std::ranges::generate(values, [&] { return draw(engine); });
    return values;
  }
};

INSTANTIATE_TEST_SUITE_P(Drift, EveryMeasure, testing::Values("psi", "kolmogorov-smirnov"));

TEST_P(EveryMeasure, RarelyRaisesAFalseAlarmWhateverTheSampleSizes) {
  for (const auto& [n, m] : {std::pair{100U, 60U}, {442U, 200U}, {3000U, 3000U}}) {
    int alarms = 0;
    for (unsigned seed = 0; seed < 400; ++seed) alarms += *compare(normal(2 * seed, n), normal(2 * seed + 1, m)).p_value <= 0.05;
    EXPECT_LE(alarms, 35) << n << " and " << m;  // binomial(400, 0.05): 20 expected, 35 is beyond 3.4 standard deviations
  }
}

TEST_P(EveryMeasure, FindsAShiftOfHalfAStandardDeviation) {
  for (unsigned seed = 0; seed < 50; ++seed)
    EXPECT_EQ(compare(normal(seed, 442), normal(seed + 1000, 300, 0.6)).verdict, Verdict::kDrifted) << "seed " << seed;
}

TEST_P(EveryMeasure, FindsADoubledSpreadAtTheSameMean) {
  EXPECT_EQ(compare(normal(1, 442), normal(2, 400, 0, 2.2)).verdict, Verdict::kDrifted);
}

TEST_P(EveryMeasure, IgnoresASignificantDifferenceTooSmallToMatter) {
  const Comparison result = compare(normal(1, 200'000), normal(2, 200'000, 0.03));
  EXPECT_LT(*result.p_value, 1e-3);
  EXPECT_EQ(result.verdict, Verdict::kStable);
}

TEST_P(EveryMeasure, SaysNotEnoughEvidenceRatherThanNoDrift) {
  EXPECT_EQ(compare(normal(1, 442), normal(2, 20, 5)).verdict, Verdict::kNotEnoughEvidence);
  EXPECT_EQ(compare({}, normal(2, 100)).verdict, Verdict::kNotEnoughEvidence);
  EXPECT_EQ(compare(normal(1, 442), normal(2, 20, 5), {{"min_rows", 20}}).verdict, Verdict::kDrifted);
}

TEST_P(EveryMeasure, LeavesMissingValuesOut) {
  std::vector<double> holes = normal(2, 100);
  const Comparison before = compare(normal(1, 442), holes);
  holes.insert(holes.begin(), 30, std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(compare(normal(1, 442), holes).score, before.score);
}

TEST_P(EveryMeasure, StaysFiniteOnConstantAndInfiniteValues) {
  const std::vector<double> constant(100, 3.0);
  EXPECT_EQ(compare(constant, constant).verdict, Verdict::kStable);
  EXPECT_EQ(compare(constant, std::vector<double>(100, 4.0)).verdict, Verdict::kDrifted);
  EXPECT_TRUE(std::isfinite(compare(normal(1, 100), std::vector<double>(100, HUGE_VAL)).score));
}

TEST_P(EveryMeasure, RefusesSettingsItDoesNotKnow) {
  EXPECT_THROW(compare({1}, {1}, {{"treshold", 1}}), Error);
  EXPECT_THROW(compare({1}, {1}, {{"alpha", 2}}), Error);
}

}  // namespace
}  // namespace upkeep::drift
