// Numbers from Keras 3.15 on TensorFlow 2.21: keras.optimizers.Adafactor applied 25 times to the same gradients.

#include <gtest/gtest.h>

#include "train/optimizers/training_run.hpp"

namespace upkeep::optimizers {

TEST(Adafactor, MatchesKerasOnVectors) {
  const TrainingRun run = train("adafactor", {});
  EXPECT_THAT(run.weights, near({-0.746836126f, -0.502230048f, -0.25176689f, 0.000608114351f, 0.24616164f, 0.496523619f, 0.751507282f}));
  EXPECT_THAT(run.slots[2], near({1.84285855f, 1.38470185f, 1.22618616f, 1.34940147f, 1.32618976f, 1.05531824f, 1.19278157f}));
}

TEST(Adafactor, MatchesKerasOnAMatrix) {
  const TrainingRun run = train("Adafactor", {{"learning_rate", 0.05}}, 25, {{"kernel", {2, 3}}, {"bias", {1}}});
  EXPECT_THAT(run.weights, near({-0.604960203f, -0.603474081f, -0.342285573f, 0.0354947969f, 0.0624225661f, 0.369852841f, 0.790539682f}));
  EXPECT_THAT(run.slots[0], near({1.48458219f, 1.24363649f, 0}));
  EXPECT_THAT(run.slots[1], near({1.59613001f, 1.35544586f, 1.14075196f, 0}));
  EXPECT_THAT(run.slots[2], near({1.73709416f, 1.47515368f, 1.24149883f, 1.4551661f, 1.23573816f, 1.04000521f, 1.19278157f}));
}

TEST(Adafactor, MatchesKerasOnMoreAxes) {
  const TrainingRun run = train("adafactor", {{"learning_rate", 0.05}, {"beta_2_decay", -0.6}, {"epsilon_2", 0.1}, {"clip_threshold", 0.5}},
                                25, {{"kernel", {2, 3, 2}}, {"scale", {}}});
  EXPECT_THAT(run.weights, near({-0.899660528f, -0.485119045f, -0.339919984f, -0.138810888f, 0.301714897f, 0.588451862f, 0.758262157f,
                                 1.16463888f, 1.11707497f, 1.35554135f, 1.60062575f, 2.01192284f, 2.6613481f}));
  EXPECT_THAT(run.slots[0], near({1.37976336f, 1.22301722f, 1.39072442f, 1.48581517f, 0.973727107f, 1.04204547f, 0}));
  EXPECT_THAT(run.slots[1], near({1.09140873f, 1.57092786f, 1.07565308f, 1.25873876f, 0}));
}

// Two scalars in place of what is not factored: Keras saves them.
TEST(Adafactor, NamesItsVariablesInKerassOrder) {
  std::vector<std::string> names;
  for (const SlotPlace& place : slot_places(*catalog().at("adafactor").make(Json::object()), lay_out({{"kernel", {2, 3}}, {"bias", {3}}})))
    names.push_back(place.name + to_string(place.shape));
  EXPECT_THAT(names,
              testing::ElementsAre("r/kernel[2]", "c/kernel[3]", "velocity/kernel[2, 3]", "r/bias[]", "c/bias[]", "velocity/bias[3]"));
}

}  // namespace upkeep::optimizers
