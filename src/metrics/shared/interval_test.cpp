#include "metrics/shared/interval.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "metrics/metric_testing.hpp"

namespace upkeep::metrics {
namespace {

// scipy.stats.binomtest(hits, trials).proportion_ci(level, method="wilson")
TEST(WilsonInterval, IsScipys) {
  struct Case {
    double hits, trials, level, low, high;
  };
  for (const Case& one : {Case{8, 10, 0.95, 0.4901624715366418, 0.9433178485456248}, Case{0, 10, 0.95, 0.0, 0.27753279986288926},
                          Case{10, 10, 0.95, 0.7224672001371109, 1.0}, Case{450, 1000, 0.99, 0.4099386939039589, 0.4907204225863818},
                          Case{1, 3, 0.5, 0.18281725015861316, 0.5277418231406089}}) {
    const Interval interval = wilson_interval({one.hits, one.trials}, one.level);
    EXPECT_NEAR(interval.low, one.low, 1e-14);
    EXPECT_NEAR(interval.high, one.high, 1e-14);
    EXPECT_EQ(interval.level, one.level);
  }
}

TEST(WilsonInterval, HasNoEndsWithoutTrialsAndRefusesNonsense) {
  EXPECT_TRUE(std::isnan(wilson_interval({0, 0}).low));
  EXPECT_THROW(wilson_interval({3, 2}), Error);
  EXPECT_THROW(wilson_interval({-1, 2}), Error);
  EXPECT_THROW(wilson_interval({1, 2}, 1.0), Error);
  EXPECT_LT(wilson_interval({5, 10}, 1 - 1e-12).low, 0.08) << "far tails are found too";
}

Sample noise(std::int64_t rows, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> errors;
  for (std::int64_t i = 0; i < rows; ++i) errors.push_back(static_cast<float>(random.normal()));
  return {.predictions = Tensor({rows, 1}, std::move(errors)), .targets = Tensor::full<float>({rows, 1}, 0)};
}

TEST(BootstrapInterval, OfAMeanIsAboutTheNormalOne) {
  const Sample sample = noise(4000, 1);
  const NamedMetric mse = make({"mse"});
  const Interval interval = bootstrap_interval(mse, sample.predictions, sample.targets, {.seed = 3, .resamples = 2000});
  // The square of a standard normal has mean 1 and variance 2: half-width 1.96 sqrt(2 / 4000) = 0.0438; 200 blocks and 2000 resamples know
  // it to about 10 %.
  EXPECT_NEAR((interval.high - interval.low) / 2, 0.0438, 0.0088);
  EXPECT_NEAR((interval.high + interval.low) / 2, value_of("mse", sample), 0.004);
  EXPECT_EQ(interval.method, "percentile bootstrap, 2000 resamples of 200 blocks, seed 3");
}

TEST(BootstrapInterval, CoversTheTruthAboutAsOftenAsItSays) {
  const NamedMetric mse = make({"mse"});
  int covered = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Sample sample = noise(100, seed);
    const Interval interval = bootstrap_interval(mse, sample.predictions, sample.targets, {.level = 0.8, .seed = seed, .resamples = 200});
    covered += interval.low <= 1 && 1 <= interval.high;
  }
  EXPECT_NEAR(covered, 160, 23) << "four standard deviations of a binomial(200, 0.8)";
}

TEST(BootstrapInterval, IsTheSameForTheSameSeed) {
  const Sample sample = yes_or_no();
  const auto interval = [&](std::uint64_t seed) {
    return bootstrap_interval(make({"auc"}), sample.predictions, sample.targets, {.seed = seed, .resamples = 100});
  };
  EXPECT_EQ(interval(1).low, interval(1).low);
  EXPECT_NE(interval(1).low, interval(2).low);
  EXPECT_LT(interval(1).low, value_of("auc", sample));
  EXPECT_GT(interval(1).high, value_of("auc", sample));
}

TEST(BootstrapInterval, LeavesOutResamplesWithoutAValue) {
  std::vector<float> scores, targets;
  for (int i = 0; i < 12; ++i) scores.push_back(static_cast<float>(i) / 12), targets.push_back(i < 6 ? 0 : 1);
  const Tensor predictions(Shape{12}, scores);
  const Interval both = bootstrap_interval(make({"auc"}), predictions, Tensor(Shape{12}, targets), {.resamples = 50});
  EXPECT_EQ(both.low, 1);
  EXPECT_EQ(both.high, 1);
  const Interval one = bootstrap_interval(make({"auc"}), predictions, Tensor(Shape{12}, std::vector<float>(12, 1.0F)), {.resamples = 50});
  EXPECT_TRUE(std::isnan(one.low) && std::isnan(one.high));
  const Interval none =
      bootstrap_interval(make({"mae"}), Tensor(Shape{0, 1}, std::vector<float>{}), Tensor(Shape{0, 1}, std::vector<float>{}));
  EXPECT_TRUE(std::isnan(none.low));
}

TEST(BootstrapInterval, SaysNothingOfAFewRows) {
  const Sample sample = regression();
  const Interval nine = bootstrap_interval(make({"mae"}), sample.predictions.rows(0, 9), sample.targets.rows(0, 9));
  EXPECT_TRUE(std::isnan(nine.low) && std::isnan(nine.high));
  EXPECT_THAT(nine.method, testing::HasSubstr("too few"));
  EXPECT_FALSE(std::isnan(bootstrap_interval(make({"mae"}), sample.predictions.rows(0, 10), sample.targets.rows(0, 10)).low));
}

TEST(BootstrapInterval, TakesWeightsAndRefusesOtherRows) {
  const Sample sample = regression();
  const Interval interval = bootstrap_interval(make({"r2"}), sample.predictions, sample.targets, {}, sample.weights);
  EXPECT_LT(interval.low, value_of("r2", sample, true));
  EXPECT_GT(interval.high, value_of("r2", sample, true));
  EXPECT_THROW(bootstrap_interval(make({"r2"}), sample.predictions, sample.targets.rows(0, 9)), Error);
  EXPECT_THROW(bootstrap_interval(make({"r2"}), sample.predictions, sample.targets, {.resamples = 0}), Error);
}

TEST(ConfidenceInterval, IsWilsonsForSharesAndTheBootstrapOtherwise) {
  const Sample sample = yes_or_no();
  const Interval accuracy = confidence_interval(make({"accuracy"}), sample.predictions, sample.targets);
  EXPECT_EQ(accuracy.method, "Wilson");
  EXPECT_EQ(accuracy.low, wilson_interval({161, 200}).low) << "161 of 200 are right";
  EXPECT_EQ(confidence_interval(make({"precision"}), sample.predictions, sample.targets).method, "Wilson");
  EXPECT_THAT(confidence_interval(make({"auc"}), sample.predictions, sample.targets).method, testing::HasSubstr("bootstrap"));
}

}  // namespace
}  // namespace upkeep::metrics
