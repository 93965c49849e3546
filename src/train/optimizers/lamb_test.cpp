// Numbers from Keras 3.15 on TensorFlow 2.21: keras.optimizers.Lamb applied 25 times to the same gradients.

#include <gtest/gtest.h>

#include "train/optimizers/training_run.hpp"

namespace upkeep::optimizers {

TEST(Lamb, MatchesKeras) {
  const TrainingRun run = train("lamb", {});
  EXPECT_THAT(run.weights, near({-0.742717206f, -0.511958241f, -0.254922241f, 0.00207372848f, 0.239971101f, 0.486575603f, 0.755603909f}));
  EXPECT_THAT(run.slots[1],
              near({0.0391261056f, 0.0383417904f, 0.0334857628f, 0.0350578427f, 0.0336159468f, 0.0260190163f, 0.0288453605f}));
}

TEST(Lamb, MatchesKerasWithOtherSettings) {
  const TrainingRun run = train("Lamb", {{"learning_rate", 0.05}, {"beta_1", 0.8}, {"beta_2", 0.95}, {"epsilon", 1e-3}});
  EXPECT_THAT(run.weights, near({-0.368282735f, -0.94067663f, -0.506014168f, 0.164810553f, -0.224509329f, -0.0281973016f, 1.0077033f}));
}

TEST(Lamb, TakesAdamsStepWhereTheWeightIsZero) {
  const auto optimizer = catalog().at("lamb").make({{"learning_rate", 0.25}, {"epsilon", 0.0}});
  const std::vector<Weight> list = lay_out({{"a", {2}}});
  std::vector<float> weights = {0, 0};
  std::vector<float> gradients = {3, -0.5f};
  const Slots slots(*optimizer, list, weights);
  optimizer->apply({list, weights, gradients, slots.values()}, {.iteration = 1, .learning_rate = 0.25});
  // 1 - 0.999f is 4.7e-5 more than 0.001f, and its root half of that.
  EXPECT_NEAR(weights[0], -0.25f, 1e-5f);
  EXPECT_NEAR(weights[1], 0.25f, 1e-5f);
}

}  // namespace upkeep::optimizers
