// Numbers from Keras 3.15 on TensorFlow 2.21: keras.optimizers.Ftrl applied 25 times to the same gradients.

#include <gtest/gtest.h>

#include "train/optimizers/training_run.hpp"

namespace upkeep::optimizers {

TEST(Ftrl, MatchesKeras) {
  const TrainingRun run = train("ftrl", {});
  EXPECT_THAT(run.weights,
              near({-0.563937008f, -0.388441086f, -0.179045707f, -0.000411140674f, 0.00262800953f, 0.118837491f, 0.420628041f}));
  EXPECT_THAT(run.slots[0], near({39.6021385f, 38.9659767f, 34.0359802f, 35.6047249f, 34.1366692f, 26.4311924f, 29.2803669f}));
}

TEST(Ftrl, MatchesKerasWithAllSettings) {
  const TrainingRun run = train("Ftrl", {{"learning_rate", 0.05},
                                         {"initial_accumulator_value", 0.2},
                                         {"l1_regularization_strength", 0.5},
                                         {"l2_regularization_strength", 0.1},
                                         {"l2_shrinkage_regularization_strength", 0.05},
                                         {"beta", 0.3}});
  EXPECT_THAT(run.weights, near({-0.296276838f, -0.383891493f, -0.143595353f, 0, -0.106520712f, -0.100939058f, 0.239696726f}));
}

TEST(Ftrl, MatchesKerasWithAnotherPower) {
  const TrainingRun run = train("ftrl", {{"learning_rate", 0.05}, {"learning_rate_power", -0.8}});
  EXPECT_THAT(run.weights, near({-0.646542907f, -0.546691656f, -0.217913345f, -0.0199803431f, -0.0325805433f, 0.121255167f, 0.577373266f}));
}

TEST(Ftrl, SetsWeightsToExactlyZero) {
  EXPECT_EQ(train("ftrl", {{"learning_rate", 0.05}, {"l1_regularization_strength", 100.0}}).weights[3], 0.0f);
}

}  // namespace upkeep::optimizers
