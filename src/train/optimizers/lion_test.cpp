// Numbers from Keras 3.15 on TensorFlow 2.21: keras.optimizers.Lion applied 25 times to the same gradients.

#include <gtest/gtest.h>

#include "train/optimizers/training_run.hpp"

namespace upkeep::optimizers {

TEST(Lion, MatchesKeras) {
  const TrainingRun run = train("lion", {});
  EXPECT_THAT(run.weights, near({-0.741000116f, -0.508999884f, -0.254999936f, 0.00300000003f, 0.240999967f, 0.487000167f, 0.754999936f}));
  EXPECT_THAT(run.slots[0],
              near({-0.0848029032f, 0.0680910125f, 0.0497966073f, -0.0186543893f, 0.0974790528f, 0.0844713598f, -0.0359152965f}));
}

TEST(Lion, MatchesKerasWithOtherSettings) {
  const TrainingRun run = train("Lion", {{"learning_rate", 0.01}, {"beta_1", 0.7}, {"beta_2", 0.9}});
  EXPECT_THAT(run.weights, near({-0.680000067f, -0.589999914f, -0.299999952f, 0.0299999993f, 0.139999926f, 0.370000124f, 0.799999952f}));
}

}  // namespace upkeep::optimizers
