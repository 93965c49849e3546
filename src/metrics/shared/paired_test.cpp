#include "metrics/shared/paired.hpp"

#include <gtest/gtest.h>

#include <numbers>

#include "base/random.hpp"
#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

Tensor column(std::vector<float> values) {
  const auto rows = static_cast<std::int64_t>(values.size());
  return Tensor({rows, 1}, std::move(values));
}

// Targets 0; the first `wrong` rows are answered with 1.
Tensor wrong_first(std::int64_t rows, std::int64_t wrong) {
  std::vector<float> values(static_cast<std::size_t>(rows), 0.1F);
  std::fill_n(values.begin(), wrong, 1.0F);
  return column(values);
}

TEST(PairedChange, OfEqualAnswersIsExactlyZero) {
  const Tensor answers = wrong_first(3, 1);
  const PairedChange change = paired_change(make({"accuracy"}), answers, answers, Tensor::full<float>({3, 1}, 0));
  EXPECT_TRUE(change.same);
  EXPECT_EQ(change.absolute.low, 0);
  EXPECT_EQ(change.absolute.high, 0);
  EXPECT_DOUBLE_EQ(change.before, 2.0 / 3);
}

// Every row's error grows by exactly 0.5: errors are noise of deviation 1 for both, and the difference has none.
TEST(PairedChange, CancelsWhatIsHardForBoth) {
  Random random(1);
  std::vector<float> before, after;
  for (int i = 0; i < 300; ++i) {
    before.push_back(std::abs(static_cast<float>(random.normal())));
    after.push_back(before.back() + 0.5F);
  }
  const PairedChange change = paired_change(make({"mae"}), column(before), column(after), Tensor::full<float>({300, 1}, 0));
  EXPECT_NEAR(change.absolute.value, 0.5, 1e-6);
  EXPECT_NEAR(change.absolute.low, 0.5, 1e-6);
  EXPECT_NEAR(change.absolute.high, 0.5, 1e-6);
  EXPECT_NEAR(change.relative.value, 0.5 / change.before, 1e-6);
  EXPECT_LT(change.relative.low, change.relative.value) << "the metric before is known by a sample only";
}

// Half-width of a mean of n normal differences of deviation 0.2: 1.96 * 0.2 / sqrt(n).
TEST(PairedChange, HasTheWidthOfAMeanOfDifferences) {
  Random random(2);
  std::vector<float> before, after;
  for (int i = 0; i < 1000; ++i) {
    before.push_back(10 + static_cast<float>(random.normal()));
    after.push_back(before.back() + static_cast<float>(0.2 * random.normal()));
  }
  const PairedChange change = paired_change(make({"mae"}), column(before), column(after), Tensor::full<float>({1000, 1}, 0), {.seed = 5});
  EXPECT_NEAR((change.absolute.high - change.absolute.low) / 2, 1.96 * 0.2 / std::sqrt(1000.0), 0.2 * 1.96 * 0.2 / std::sqrt(1000.0));
  EXPECT_EQ(change.method, "paired percentile bootstrap, 1000 resamples of 200 blocks, seed 5");
}

// No decision changed in n rows, and the answers did: Agresti and Min's interval of a table with no discordant pair is
// 0 +- 1.959964 / (n + 2).
TEST(PairedChange, OfDecisionsThatDidNotChangeIsAsWideAsSoManyRowsAllow) {
  for (const std::int64_t rows : {20, 1000}) {
    const Tensor before = wrong_first(rows, 2);
    Tensor after = wrong_first(rows, 2);
    std::vector<float> moved(after.floats().begin(), after.floats().end());
    moved.back() = 0.2F;
    const PairedChange change = paired_change(make({"accuracy"}), before, column(moved), Tensor::full<float>({rows, 1}, 0));
    EXPECT_FALSE(change.same);
    EXPECT_FALSE(change.rows_changed);
    EXPECT_NEAR(change.absolute.low, -1.959963984540054 / static_cast<double>(rows + 2), 1e-12);
    EXPECT_NEAR(change.absolute.high, 1.959963984540054 / static_cast<double>(rows + 2), 1e-12);
  }
}

// 10 of 400 rows got worse: d = -10/402, se = sqrt(10 + 1 - 100/402)/402.
TEST(PairedChange, CoversTheIntervalOfPairedShares) {
  const PairedChange change =
      paired_change(make({"accuracy"}), wrong_first(400, 5), wrong_first(400, 15), Tensor::full<float>({400, 1}, 0));
  const double centre = -10.0 / 402, half = 1.959963984540054 * std::sqrt(11 - 100.0 / 402) / 402;
  EXPECT_NEAR(change.absolute.value, -0.025, 1e-12);
  EXPECT_LE(change.absolute.low, centre - half);
  EXPECT_GE(change.absolute.high, centre + half);
  EXPECT_TRUE(change.rows_changed);
}

TEST(PairedChange, OfAMetricThatNoResampleChangesGoesByTheRuleOfThree) {
  const Tensor before = wrong_first(60, 2);
  std::vector<float> moved(before.floats().begin(), before.floats().end());
  moved.back() = 0.2F;
  std::vector<float> targets(60, 0);
  targets[0] = targets[20] = targets[40] = 1;
  const PairedChange change = paired_change(make(parse_named("f1_score:threshold=0.5")), before, column(moved), column(targets));
  EXPECT_NEAR(change.absolute.low, -0.05, 1e-12);
  EXPECT_NEAR(change.absolute.high, 0.05, 1e-12);
}

TEST(PairedChange, CannotBeToldOfAFewRows) {
  const PairedChange change = paired_change(make({"mae"}), wrong_first(9, 1), wrong_first(9, 2), Tensor::full<float>({9, 1}, 0));
  EXPECT_TRUE(std::isnan(change.absolute.low));
  EXPECT_NE(change.method.find("9 rows are too few"), std::string::npos);
}

TEST(PairedChange, CoversTheTruthAboutAsOftenAsItSays) {
  int covered = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    std::vector<float> before, after;  // right with 0.9; a twentieth of all rows are decided anew
    for (int i = 0; i < 200; ++i) {
      before.push_back(random.uniform() < 0.9 ? 0.1F : 0.9F);
      after.push_back(random.uniform() < 0.05 ? (random.uniform() < 0.5 ? 0.1F : 0.9F) : before.back());
    }
    const PairedChange change = paired_change(make({"accuracy"}), column(before), column(after), Tensor::full<float>({200, 1}, 0),
                                              {.seed = seed, .resamples = 200});
    const double truth = 0.05 * (0.5 - 0.9);
    covered += change.absolute.low <= truth && truth <= change.absolute.high;
  }
  EXPECT_GE(covered, 184) << "0.95 of 200 is 190, with a standard deviation of 3";
}

TEST(PairedChange, RefusesAnswersOfDifferentShapes) {
  EXPECT_THROW(paired_change(make({"mae"}), wrong_first(20, 1), wrong_first(19, 1), Tensor::full<float>({20, 1}, 0)), Error);
}

}  // namespace
}  // namespace upkeep::metrics
