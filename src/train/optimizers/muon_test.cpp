// Numbers from Keras 3.15 on TensorFlow 2.21: keras.optimizers.Muon applied 25 times to the same gradients.

#include <gtest/gtest.h>

#include "train/optimizers/training_run.hpp"

namespace upkeep::optimizers {

TEST(Muon, MatchesKerasOnATallMatrix) {
  const TrainingRun run = train("muon", {{"learning_rate", 0.05}}, 25, {{"dense/kernel", {3, 2}}, {"dense/bias", {1}}});
  EXPECT_THAT(run.weights, near({-0.598105848f, -0.720273793f, -0.330488384f, -0.00997816771f, 0.0448702946f, 0.285010338f, 0.93839258f}));
  EXPECT_THAT(run.slots[0], near({-7.24249744f, 3.87779546f, 3.99173927f, -1.63163805f, 7.10548258f, 5.31542397f, -0.124418773f}));
  EXPECT_THAT(run.slots[1], near({0.0288453605f}));
}

TEST(Muon, MatchesKerasWithOtherSettings) {
  const TrainingRun run = train("Muon",
                                {{"learning_rate", 0.05},
                                 {"nesterov", false},
                                 {"rms_rate", nullptr},
                                 {"momentum", 0.8},
                                 {"ns_steps", 3},
                                 {"adam_lr_ratio", 0.5},
                                 {"weight_decay", nullptr}},
                                25, {{"dense/kernel", {2, 3}}, {"dense/bias", {1}}});
  EXPECT_THAT(run.weights, near({-0.399808586f, -0.81958437f, -0.304766208f, 0.00198482908f, -0.185282081f, 0.0135452766f, 0.842325747f}));
}

TEST(Muon, TakesAdamsStepForEmbeddings) {
  const TrainingRun run = train("muon", {{"learning_rate", 0.05}}, 25, {{"embedding/embeddings", {2, 2}}, {"dense/kernel", {2, 2}}});
  EXPECT_THAT(run.weights,
              near({-0.913381696f, -1.2472688f, 0.120280266f, -0.0414816029f, 0.213454515f, 0.565315187f, 0.732552826f, 0.807892084f}));
  EXPECT_THAT(run.slots[1], near({0.0389620364f, 0.0314164311f, 0.0408549681f, 0.0375544243f}));
}

TEST(Muon, TakesAdamsStepForLayersThatAreExcluded) {
  const NamedShapes shapes = {{"head/kernel", {2, 2}}};
  const TrainingRun excluded = train("muon", {{"exclude_layers", {"^head"}}}, 5, shapes);
  EXPECT_EQ(excluded.weights, train("adamw", {}, 5, shapes).weights);
  EXPECT_NE(excluded.weights, train("muon", {}, 5, shapes).weights);
}

TEST(Muon, StepsOfADiagonalMatrixHaveSingularValuesNearOne) {
  const auto optimizer =
      catalog().at("muon").make({{"learning_rate", 1.0}, {"rms_rate", nullptr}, {"weight_decay", nullptr}, {"ns_steps", 10}});
  const std::vector<Weight> list = lay_out({{"k", {2, 2}}});
  std::vector<float> weights(4, 0.0f);
  std::vector<float> gradients = {5, 0, 0, -0.1f};
  const Slots slots(*optimizer, list, weights);
  optimizer->apply({list, weights, gradients, slots.values()}, {.iteration = 1, .learning_rate = 1.0});
  EXPECT_NEAR(weights[0], -1, 0.35);  // Keller Jordan: the coefficients bring singular values into [0.7, 1.2]
  EXPECT_NEAR(weights[3], 1, 0.35);
  EXPECT_EQ(weights[1], 0.0f);
}

}  // namespace upkeep::optimizers
