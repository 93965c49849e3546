// Numbers from Keras 3.15 on TensorFlow 2.21: keras.optimizers.Adadelta applied 25 times to the same gradients.

#include <gtest/gtest.h>

#include "train/optimizers/training_run.hpp"

namespace upkeep::optimizers {

TEST(Adadelta, MatchesKeras) {
  const TrainingRun run = train("adadelta", {});
  EXPECT_THAT(run.weights, near({-0.749989212f, -0.50000757f, -0.250005603f, 3.38619748e-06f, 0.249988779f, 0.499987662f, 0.750005424f}));
  EXPECT_THAT(run.slots[0], near({1.27250028f, 1.0387826f, 0.912642717f, 0.985397935f, 0.973472893f, 0.758652031f, 0.846136749f}));
  EXPECT_THAT(run.slots[1], near({1.74419756e-06f, 9.32906119e-07f, 1.20201878e-06f, 2.46378727e-06f, 1.41667215e-06f, 1.51155143e-06f,
                                  1.88001025e-06f}));
}

TEST(Adadelta, MatchesKerasWithOtherSettings) {
  const TrainingRun run = train("Adadelta", {{"learning_rate", 1.0}, {"rho", 0.8}, {"epsilon", 1e-4}});
  EXPECT_THAT(run.weights, near({-0.542468548f, -0.62653327f, -0.354374141f, 0.0570537075f, 0.0484642535f, 0.302782238f, 0.829592943f}));
  EXPECT_THAT(run.slots[1],
              near({0.000963122235f, 0.00037349484f, 0.00055669935f, 0.000791958417f, 0.000684184022f, 0.000547833042f, 0.000531001715f}));
}

}  // namespace upkeep::optimizers
