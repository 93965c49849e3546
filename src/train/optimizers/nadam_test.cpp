// Numbers from Keras 3.15 on TensorFlow 2.21: keras.optimizers.Nadam applied 25 times to the same gradients.

#include <gtest/gtest.h>

#include "train/optimizers/training_run.hpp"

namespace upkeep::optimizers {

TEST(Nadam, MatchesKeras) {
  const TrainingRun run = train("nadam", {});
  EXPECT_THAT(run.weights, near({-0.746070921f, -0.50594449f, -0.252286553f, 0.000936953933f, 0.244301751f, 0.492889702f, 0.753213644f}));
  EXPECT_THAT(run.slots[1],
              near({0.0391256139f, 0.0383413061f, 0.0334853344f, 0.0350573994f, 0.0336155221f, 0.0260186829f, 0.0288449898f}));
}

TEST(Nadam, MatchesKerasWithOtherSettings) {
  const TrainingRun run = train("Nadam", {{"learning_rate", 0.05}, {"beta_1", 0.8}, {"beta_2", 0.95}, {"epsilon", 1e-3}});
  EXPECT_THAT(run.weights, near({-0.502045453f, -0.813453734f, -0.396187305f, 0.0719583407f, -0.111065127f, 0.113224126f, 0.931525707f}));
}

TEST(Nadam, KeepsOneProductForAllWeights) {
  const TrainingRun run = train("nadam", {});
  ASSERT_EQ(run.slots.size(), 3U);
  ASSERT_EQ(run.slots[2].size(), 1U);
  EXPECT_NEAR(run.slots[2][0], 6.01358943e-06f, 2e-11f);  // 25 products, rounded once each
}

}  // namespace upkeep::optimizers
