#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "maintain/monitor/drift/drift.hpp"

namespace upkeep::drift {
namespace {

Comparison wasserstein(const std::vector<double>& reference, const std::vector<double>& current) {
  return catalog().at("wasserstein").compare(reference, current, Json::object());
}

// scipy.stats.wasserstein_distance(reference, current) / reference.std(); 20,000 permutations of the pooled values reach it 153 times.
TEST(Wasserstein, EqualsScipyAndItsPermutations) {
  std::vector<double> reference(80);
  std::iota(reference.begin(), reference.end(), 0.0);
  std::vector<double> current;
  for (int i = 0; i < 60; ++i) current.push_back(i * 53 % 97 * 0.9 + 10);
  const Comparison result = wasserstein(reference, current);
  EXPECT_NEAR(result.score, 0.49388957313832677, 1e-14);
  EXPECT_NEAR(*result.p_value, 0.00765, 0.003);
  EXPECT_EQ(result.verdict, Verdict::kDrifted);
}

TEST(Wasserstein, IsZeroForTheSameValues) {
  std::vector<double> values(200);
  std::iota(values.begin(), values.end(), 0.0);
  EXPECT_EQ(wasserstein(values, values).score, 0.0);
  EXPECT_EQ(wasserstein(values, values).verdict, Verdict::kStable);
}

TEST(Wasserstein, FindsAnyOtherValueBesideAConstantReference) {
  const std::vector<double> constant(100, 0.7);
  std::vector<double> moved = constant;
  EXPECT_EQ(wasserstein(constant, moved).verdict, Verdict::kStable);
  std::fill_n(moved.begin(), 50, 0.8);
  EXPECT_EQ(wasserstein(constant, moved).verdict, Verdict::kDrifted);
}

TEST(Wasserstein, LeavesOutInfiniteValues) {
  std::vector<double> values(200);
  std::iota(values.begin(), values.end(), 0.0);
  std::vector<double> wild = values;
  wild.push_back(INFINITY);
  EXPECT_EQ(wasserstein(values, wild).score, 0.0);
}

}  // namespace
}  // namespace upkeep::drift
