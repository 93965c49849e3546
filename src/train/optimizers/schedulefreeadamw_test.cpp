// Numbers from Keras 3.15 on NumPy (KERAS_BACKEND=numpy): keras.optimizers.ScheduleFreeAdamW applied 25 times to the same gradients.

#include <gtest/gtest.h>

#include "train/optimizers/training_run.hpp"

namespace upkeep::optimizers {

TEST(ScheduleFreeAdamW, MatchesKeras) {
  const TrainingRun run = train("schedulefreeadamw", {});
  EXPECT_THAT(run.weights, near({-0.744045317f, -0.510578573f, -0.253698945f, -0.000252684258f, 0.242568642f, 0.487110794f, 0.753832757f}));
  EXPECT_THAT(run.slots[0], near({-0.731619537f, -0.514892459f, -0.260466516f, 0.00311747449f, 0.229983926f, 0.478519469f, 0.758074701f}));
  EXPECT_THAT(run.slots[1],
              near({0.0391256139f, 0.0383413061f, 0.0334853344f, 0.0350573994f, 0.0336155221f, 0.0260186829f, 0.0288449898f}));
}

TEST(ScheduleFreeAdamW, MatchesKerasWithOtherSettings) {
  const TrainingRun run =
      train("ScheduleFreeAdamW",
            {{"learning_rate", 0.05}, {"beta_1", 0.8}, {"beta_2", 0.95}, {"epsilon", 1e-3}, {"warmup_steps", 10}, {"weight_decay", 0.1}});
  EXPECT_THAT(run.weights, near({-0.606989861f, -0.572437108f, -0.303019643f, 0.0642327368f, 0.042415753f, 0.298753798f, 0.78671658f}));
}

}  // namespace upkeep::optimizers
