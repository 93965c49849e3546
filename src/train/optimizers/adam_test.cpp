// Numbers from Keras 3.15 on TensorFlow 2.21: keras.optimizers.Adam applied 25 times to the same gradients.

#include <gtest/gtest.h>

#include "train/optimizers/training_run.hpp"

namespace upkeep::optimizers {

TEST(Adam, MatchesKeras) {
  const TrainingRun run = train("adam", {});
  EXPECT_THAT(run.weights, near({-0.747175038f, -0.508659065f, -0.251977175f, -4.98129884e-05f, 0.243940011f, 0.491610438f, 0.7538504f}));
  ASSERT_EQ(run.slots.size(), 2U);
  EXPECT_THAT(run.slots[0], near({-0.614306092f, 0.229681149f, 0.332745254f, -0.111477628f, 0.505692661f, 0.339862883f, -0.124418773f}));
  EXPECT_THAT(run.slots[1],
              near({0.0391261056f, 0.0383417904f, 0.0334857628f, 0.0350578427f, 0.0336159468f, 0.0260190163f, 0.0288453605f}));
}

TEST(Adam, MatchesKerasWithOtherSettings) {
  const TrainingRun run = train("Adam", {{"learning_rate", 0.05}, {"beta_1", 0.8}, {"beta_2", 0.95}, {"epsilon", 1e-3}});
  EXPECT_THAT(run.weights, near({-0.562293351f, -0.882530332f, -0.365617156f, 0.0464743152f, -0.106186397f, 0.105990231f, 0.957772732f}));
  EXPECT_THAT(run.slots[1], near({1.27250028f, 1.03878272f, 0.912642777f, 0.985398173f, 0.973472953f, 0.758652091f, 0.846136868f}));
}

TEST(Adam, MatchesKerasWithAmsgrad) {
  const TrainingRun run = train("adam", {{"learning_rate", 0.05}, {"amsgrad", true}});
  EXPECT_THAT(run.weights, near({-0.608761013f, -0.932952881f, -0.34885025f, -0.00248580612f, -0.0529988855f, 0.0805363804f, 0.94250679f}));
  ASSERT_EQ(run.slots.size(), 3U);
  EXPECT_FLOAT_EQ(run.slots[2][6], 0.028854439f);  // the largest so far, not the last
}

TEST(Adam, TakesAFirstStepOfOneRateWhateverTheGradient) {
  // m / (1 - beta_1) = g and v / (1 - beta_2) = g^2: the step is rate * sign(g).
  const TrainingRun run = train("adam", {{"learning_rate", 0.25}, {"epsilon", 0.0}}, 1);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_NEAR(std::abs(run.weights[i] - (static_cast<float>(i) - 3.0f) / 4.0f), 0.25, 1e-5);
}

TEST(Adam, RefusesABetaOfOne) { EXPECT_THROW(catalog().at("adam").make({{"beta_1", 1.0}}), Error); }

}  // namespace upkeep::optimizers
