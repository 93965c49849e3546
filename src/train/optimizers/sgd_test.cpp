// Numbers from Keras 3.15 on TensorFlow 2.21: keras.optimizers.SGD applied 25 times to the same gradients.

#include <gtest/gtest.h>

#include "train/optimizers/training_run.hpp"

namespace upkeep::optimizers {

TEST(Sgd, MatchesKeras) {
  const TrainingRun run = train("sgd", {});
  EXPECT_THAT(run.weights, near({-0.661328197f, -0.579726577f, -0.303359419f, 0.0184374973f, 0.143691421f, 0.403789103f, 0.789882839f}));
  EXPECT_TRUE(run.slots.empty());
}

TEST(Sgd, MatchesKerasWithMomentum) {
  const TrainingRun run = train("SGD", {{"learning_rate", 0.05}, {"momentum", 0.9}});
  EXPECT_THAT(run.weights, near({0.919216394f, -3.4527626f, -1.42061472f, 0.42022571f, -2.78981233f, -2.78116369f, 2.18425608f}, 0.3));
  ASSERT_EQ(run.slots.size(), 1U);
  EXPECT_THAT(run.slots[0], near({0.307152987f, -0.114840567f, -0.166372627f, 0.0557388142f, -0.252846301f, -0.169931412f, 0.0622093715f}));
}

TEST(Sgd, MatchesKerasWithNesterovMomentum) {
  const TrainingRun run = train("sgd", {{"learning_rate", 0.05}, {"momentum", 0.9}, {"nesterov", true}});
  EXPECT_THAT(run.weights, near({1.19565392f, -3.55611897f, -1.57034993f, 0.470390707f, -3.0173738f, -2.93410182f, 2.24024439f}, 0.3));
}

TEST(Sgd, MatchesKerasWithWeightDecay) {
  const TrainingRun run = train("sgd", {{"learning_rate", 0.05}, {"momentum", 0.9}, {"weight_decay", 0.1}});
  EXPECT_THAT(run.weights, near({0.968275189f, -3.20879459f, -1.34180939f, 0.446357757f, -2.71285367f, -2.66687965f, 2.05468488f}, 0.3));
}

}  // namespace upkeep::optimizers
