// Numbers from Keras 3.15 on TensorFlow 2.21: keras.optimizers.AdamW applied 25 times to the same gradients.

#include <gtest/gtest.h>

#include "train/optimizers/training_run.hpp"

namespace upkeep::optimizers {

TEST(AdamW, MatchesKeras) {
  const TrainingRun run = train("adamw", {});
  EXPECT_THAT(run.weights, near({-0.747100532f, -0.50860846f, -0.251951933f, -4.97095971e-05f, 0.243915126f, 0.491560757f, 0.753775597f}));
}

TEST(AdamW, MatchesKerasWithAnotherDecay) {
  const TrainingRun run = train("AdamW", {{"learning_rate", 0.05}, {"weight_decay", 0.1}});
  EXPECT_THAT(run.weights,
              near({-0.522034645f, -0.840193093f, -0.316739529f, 0.00363876112f, -0.0721926317f, 0.0444299653f, 0.844881892f}));
  EXPECT_THAT(run.slots[0], near({-0.614306092f, 0.229681149f, 0.332745254f, -0.111477628f, 0.505692661f, 0.339862883f, -0.124418773f}));
}

TEST(AdamW, WithoutDecayIsAdam) {
  EXPECT_EQ(train("adamw", {{"weight_decay", 0.0}}).weights, train("adam", {}).weights);
  EXPECT_EQ(train("adamw", {{"weight_decay", nullptr}}).weights, train("adam", {}).weights);
}

}  // namespace upkeep::optimizers
