// Numbers from Keras 3.15 on TensorFlow 2.21: keras.optimizers.Adagrad applied 25 times to the same gradients.

#include <gtest/gtest.h>

#include "train/optimizers/training_run.hpp"

namespace upkeep::optimizers {

TEST(Adagrad, MatchesKeras) {
  const TrainingRun run = train("adagrad", {{"learning_rate", 0.1}});
  EXPECT_THAT(run.weights, near({-0.592058957f, -0.797836304f, -0.334547997f, -0.041114077f, 0.0091625452f, 0.205266953f, 0.848264933f}));
  ASSERT_EQ(run.slots.size(), 1U);
  EXPECT_THAT(run.slots[0], near({39.6021385f, 38.9659767f, 34.0359802f, 35.6047249f, 34.1366692f, 26.4311924f, 29.2803669f}));
}

}  // namespace upkeep::optimizers
