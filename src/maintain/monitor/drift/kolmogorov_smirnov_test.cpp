#include <gtest/gtest.h>

#include <random>

#include "maintain/monitor/drift/drift.hpp"

namespace upkeep::drift {
namespace {

Comparison compare(const std::vector<double>& reference, const std::vector<double>& current) {
  return catalog().at("kolmogorov-smirnov").compare(reference, current, Json::object());
}

std::vector<double> values(int count, double (*formula)(int)) {
  std::vector<double> all;
  for (int i = 0; i < count; ++i) all.push_back(formula(i));
  return all;
}

// scipy.stats.ks_2samp(a, b).statistic and scipy.special.kolmogorov(D sqrt(nm / (n + m))), SciPy 1.17.1
TEST(KolmogorovSmirnov, EqualsSciPy) {
  const Comparison result =
      compare(values(80, [](int i) { return i * 37 % 101 / 10.0; }), values(60, [](int i) { return i * 53 % 97 / 8.0 + 1; }));
  EXPECT_NEAR(result.score, 0.225, 1e-15);
  EXPECT_NEAR(*result.p_value, 0.06214335458643241, 1e-14);
}

// Likewise. A tie counts after both functions have stepped over it; otherwise D would be larger.
TEST(KolmogorovSmirnov, EqualsSciPyOnTies) {
  const Comparison result = compare(values(70, [](int i) { return i % 5 * 1.0; }), values(90, [](int i) { return i * i % 7 * 1.0; }));
  EXPECT_NEAR(result.score, 0.1111111111111111, 1e-15);
  EXPECT_NEAR(*result.p_value, 0.7158635535853588, 1e-14);
}

TEST(KolmogorovSmirnov, HasThePValueOneWhereNothingDiffers) {
  const std::vector<double> same = values(100, [](int i) { return i * 1.0; });
  EXPECT_EQ(*compare(same, same).p_value, 1.0);
  EXPECT_NEAR(*compare(same, values(100, [](int i) { return i + 1.5; })).p_value, 1.0, 1e-12);  // D = 0.02, the series' slow end
}

TEST(KolmogorovSmirnov, IsOneForSamplesThatDoNotOverlap) {
  const Comparison result = compare(values(100, [](int i) { return i * 1.0; }), values(100, [](int i) { return i + 1000.0; }));
  EXPECT_EQ(result.score, 1.0);
  EXPECT_LT(*result.p_value, 1e-40);
  EXPECT_EQ(result.verdict, Verdict::kDrifted);
}

// Against the definition: both functions at every value.
TEST(KolmogorovSmirnov, FindsTheWidestGapWhereverItIs) {
  std::mt19937 engine(5);
  for (int run = 0; run < 300; ++run) {
    const auto draw = [&](int most, int values, double shift) {
      std::vector<double> some(static_cast<std::size_t>(1 + static_cast<int>(engine() % static_cast<unsigned>(most))));
      for (double& one : some) one = shift + static_cast<double>(engine() % static_cast<unsigned>(values));
      std::ranges::sort(some);
      return some;
    };
    const int values = run % 3 == 0 ? 5 : run % 3 == 1 ? 200 : 100'000;
    const std::vector<double> a = draw(700, values, 0), b = draw(run % 2 == 0 ? 700 : 40, values, run % 5 == 0 ? values / 10 : 0);
    const auto share = [](const std::vector<double>& some, double x) {
      return static_cast<double>(std::ranges::upper_bound(some, x) - some.begin()) / static_cast<double>(some.size());
    };
    double widest = 0;
    for (const std::vector<double>* side : {&a, &b})
      for (const double x : *side) widest = std::max(widest, std::abs(share(a, x) - share(b, x)));
    ASSERT_NEAR(largest_gap(Sample(a), Sample(b)), widest, 1e-12) << run;
  }
}

TEST(KolmogorovSmirnov, DoesNotDependOnWhichSampleIsTheReference) {
  const std::vector<double> a = values(80, [](int i) { return i * 37 % 101 / 10.0; });
  const std::vector<double> b = values(60, [](int i) { return i * 53 % 97 / 8.0 + 1; });
  EXPECT_EQ(compare(a, b).score, compare(b, a).score);
  EXPECT_EQ(*compare(a, b).p_value, *compare(b, a).p_value);
}

// The threshold is where the p-value meets alpha.
TEST(KolmogorovSmirnov, HasAThresholdThatFitsItsPValue) {
  for (int shift = 5; shift < 40; ++shift) {
    std::vector<double> reference;
    std::vector<double> current;
    for (int i = 0; i < 100; ++i) {
      reference.push_back(i);
      current.push_back(i + shift);
    }
    const Comparison result = compare(reference, current);
    EXPECT_EQ(result.score > result.threshold, *result.p_value < result.alpha) << shift;
  }
}

}  // namespace
}  // namespace upkeep::drift
