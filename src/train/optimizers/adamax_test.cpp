// Numbers from Keras 3.15 on TensorFlow 2.21: keras.optimizers.Adamax applied 25 times to the same gradients.

#include <gtest/gtest.h>

#include "train/optimizers/training_run.hpp"

namespace upkeep::optimizers {

TEST(Adamax, MatchesKeras) {
  const TrainingRun run = train("adamax", {});
  EXPECT_THAT(run.weights, near({-0.748532653f, -0.50649792f, -0.250949532f, 0.000227427256f, 0.246614054f, 0.49536109f, 0.752700329f}));
  EXPECT_THAT(run.slots[0], near({-0.614306092f, 0.229681149f, 0.332745254f, -0.111477628f, 0.505692661f, 0.339862883f, -0.124418773f}));
  EXPECT_THAT(run.slots[1], near({1.98224664f, 1.97453332f, 1.96648288f, 1.8947947f, 1.93159878f, 1.70979071f, 1.88717842f}));
}

TEST(Adamax, MatchesKerasWithOtherSettings) {
  const TrainingRun run = train("Adamax", {{"learning_rate", 0.05}, {"beta_1", 0.8}, {"beta_2", 0.95}, {"epsilon", 1e-3}});
  EXPECT_THAT(run.weights, near({-0.618165076f, -0.818039119f, -0.331244797f, 0.0450007655f, -0.00851679221f, 0.242698312f, 0.907830417f}));
  EXPECT_THAT(run.slots[1], near({1.73632812f, 1.69800425f, 1.12626946f, 1.47350848f, 1.77939451f, 1.31028903f, 1.43174922f}));
}

}  // namespace upkeep::optimizers
