// Numbers from Keras 3.15: keras.optimizers.schedules.ExponentialDecay, which computes in float32.

#include <gtest/gtest.h>

#include "train/schedules/schedule.hpp"

namespace upkeep::schedules {

TEST(ExponentialDecaySchedule, MatchesKeras) {
  const auto schedule = catalog().at("exponential-decay").make({{"decay_steps", 7}, {"decay_rate", 0.9}}, 0.1);
  const std::vector<std::pair<int, double>> keras = {
      {0, 0.1}, {1, 0.09850612282752991}, {6, 0.09136488288640976}, {7, 0.09}, {20, 0.07400555163621902}};
  for (const auto& [iteration, rate] : keras) EXPECT_NEAR(schedule->rate(0.1, iteration), rate, 1e-7 * rate) << iteration;
  EXPECT_NEAR(schedule->rate(0.1, 1000), 2.905452411994247e-08, 1e-6 * 2.9e-08);
}

TEST(ExponentialDecaySchedule, FallsInStepsOnAStaircase) {
  const auto schedule = catalog().at("ExponentialDecay").make({{"decay_steps", 7}, {"decay_rate", 0.9}, {"staircase", true}}, 0.1);
  for (const auto& [iteration, rate] : std::vector<std::pair<int, double>>{{0, 0.1}, {6, 0.1}, {7, 0.09}, {13, 0.09}, {20, 0.081}})
    EXPECT_NEAR(schedule->rate(0.1, iteration), rate, 1e-8) << iteration;
}

TEST(ExponentialDecaySchedule, StartsFromItsOwnRateWhenItHasOne) {
  EXPECT_EQ(catalog().at("exponential-decay").make({{"initial_learning_rate", 0.5}}, 0.1)->rate(0.1, 0), 0.5);
}

TEST(ExponentialDecaySchedule, RefusesZeroSteps) { EXPECT_THROW(catalog().at("exponential-decay").make({{"decay_steps", 0}}, 0.1), Error); }

}  // namespace upkeep::schedules
