// Numbers from Keras 3.15 on TensorFlow 2.21: keras.optimizers.RMSprop applied 25 times to the same gradients.

#include <gtest/gtest.h>

#include "train/optimizers/training_run.hpp"

namespace upkeep::optimizers {

TEST(RmsProp, MatchesKeras) {
  const TrainingRun run = train("rmsprop", {});
  EXPECT_THAT(run.weights, near({-0.743133247f, -0.510624707f, -0.254161298f, 0.000670182519f, 0.241676062f, 0.490013927f, 0.753864646f}));
  ASSERT_EQ(run.slots.size(), 1U);
  EXPECT_THAT(run.slots[0], near({1.7613126f, 1.24676394f, 1.09559405f, 1.20605028f, 1.27413905f, 0.956702828f, 1.04857481f}));
}

TEST(RmsProp, MatchesKerasWithMomentum) {
  const TrainingRun run = train("RMSprop", {{"learning_rate", 0.01}, {"momentum", 0.9}});
  EXPECT_THAT(run.weights,
              near({-0.487375617f, -1.35392201f, -0.387711287f, -0.00727190357f, -0.145744964f, -0.201583639f, 1.03650677f}, 0.3));
}

TEST(RmsProp, MatchesKerasCenteredWithMomentum) {
  const TrainingRun run = train("rmsprop", {{"learning_rate", 0.01}, {"momentum", 0.9}, {"centered", true}});
  EXPECT_THAT(run.weights,
              near({-0.481216669f, -1.46339893f, -0.391378254f, -0.0342528671f, -0.195922986f, -0.290898323f, 1.0567584f}, 0.3));
  ASSERT_EQ(run.slots.size(), 3U);
  EXPECT_THAT(run.slots[2],
              near({-0.614305973f, 0.229681134f, 0.332745254f, -0.111477628f, 0.505692601f, 0.339862823f, -0.124418743f}, 0.3));
}

TEST(RmsProp, MatchesKerasCenteredWithoutMomentum) {
  const TrainingRun run = train("rmsprop", {{"learning_rate", 0.01}, {"rho", 0.8}, {"centered", true}});
  EXPECT_THAT(run.weights,
              near({-0.679359913f, -0.603263319f, -0.294780701f, 0.00763617549f, 0.137363479f, 0.40334639f, 0.786826074f}, 0.3));
  EXPECT_EQ(run.slots.size(), 2U);
}

}  // namespace upkeep::optimizers
