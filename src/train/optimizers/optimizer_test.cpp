// What all members have in common. Numbers from Keras 3.15 on TensorFlow 2.21, with two variables of 4 and 3 elements.

#include "train/optimizers/optimizer.hpp"

#include <gtest/gtest.h>

#include "train/optimizers/training_run.hpp"

namespace upkeep::optimizers {

using testing::ElementsAre;

TEST(Clipping, ByNormOfEachWeightMatchesKeras) {
  const TrainingRun run = train("sgd", {{"learning_rate", 0.05}, {"momentum", 0.9}, {"clipnorm", 1.0}});
  EXPECT_THAT(run.weights, near({-0.123732418f, -1.29269958f, -0.660735667f, 0.311981857f, -1.30168939f, -0.933616579f, 1.66287589f}, 0.3));
}

TEST(Clipping, ByValueMatchesKeras) {
  const TrainingRun run = train("sgd", {{"learning_rate", 0.05}, {"momentum", 0.9}, {"clipvalue", 0.5}});
  EXPECT_THAT(run.weights, near({0.0847966224f, -1.34946454f, -0.412236631f, 0.203724563f, -1.11957109f, -0.447390556f, 1.23752654f}, 0.3));
}

TEST(Clipping, ByGlobalNormMatchesKeras) {
  const TrainingRun run = train("sgd", {{"learning_rate", 0.05}, {"momentum", 0.9}, {"global_clipnorm", 1.0}});
  EXPECT_THAT(run.weights,
              near({-0.356199622f, -1.17363667f, -0.485834479f, 0.278828442f, -0.721918404f, -0.287812978f, 1.13563585f}, 0.3));
}

TEST(Clipping, LeavesSmallGradientsAlone) {
  const TrainingRun plain = train("sgd", Json::object());
  EXPECT_EQ(train("sgd", {{"clipnorm", 4.0}}).weights, plain.weights);
  EXPECT_EQ(train("sgd", {{"global_clipnorm", 6.0}}).weights, plain.weights);
  EXPECT_EQ(train("sgd", {{"clipvalue", 2.0}}).weights, plain.weights);
}

TEST(Clipping, IsOfOneKind) {
  EXPECT_THROW(catalog().at("adam").make({{"clipnorm", 1.0}, {"clipvalue", 1.0}}), Error);
  EXPECT_THROW(catalog().at("adam").make({{"clipnorm", 0.0}}), Error);
}

TEST(WeightDecay, LeavesOutTheWeightsThatAreExcludedAsKerasDoes) {
  const TrainingRun run = train("adamw", {{"learning_rate", 0.05}, {"weight_decay", 0.1}, {"exclude_from_weight_decay", {"bias"}}}, 25,
                                {{"dense/kernel", {4}}, {"dense/bias", {3}}});
  EXPECT_THAT(run.weights, near({-0.522034645f, -0.840193093f, -0.316739529f, 0.00363876112f, -0.0529988855f, 0.08052136f, 0.942520082f}));
  EXPECT_THROW(catalog().at("adamw").make({{"exclude_from_weight_decay", {"("}}}), Error);
}

TEST(Accumulation, UpdatesByTheMeanOfSomeBatchesAsKerasDoes) {
  const TrainingRun run = train("adam", {{"learning_rate", 0.05}, {"gradient_accumulation_steps", 3}});
  EXPECT_THAT(run.weights, near({-0.575208127f, -0.705362022f, -0.289840162f, -0.067002818f, 0.0506605916f, 0.21876137f, 0.770847797f}));
  EXPECT_THAT(run.slots[0], near({-1.73632812f, 0.232421875f, 1.078125f, -0.552734375f, -1.13476562f, -0.359375f, -0.140625f}));
}

TEST(Average, FollowsTheWeightsAsInKeras) {
  const TrainingRun run = train("sgd", {{"learning_rate", 0.05},
                                        {"momentum", 0.9},
                                        {"gradient_accumulation_steps", 2},
                                        {"clipnorm", 1.0},
                                        {"use_ema", true},
                                        {"ema_momentum", 0.9}});
  EXPECT_THAT(run.weights,
              near({-0.602182627f, -1.00334942f, -0.511055171f, -0.0583041385f, -0.456495106f, -0.0990564078f, 1.11262465f}, 0.3));
  EXPECT_THAT(run.slots[0],
              near({-0.723828971f, -0.860991955f, -0.41096586f, -0.0819844976f, -0.139767155f, 0.12611793f, 0.927268386f}, 0.3));
}

TEST(Average, OverwritesTheWeightsAsInKeras) {
  const Json settings = {
      {"learning_rate", 0.05}, {"momentum", 0.9}, {"use_ema", true}, {"ema_momentum", 0.9}, {"ema_overwrite_frequency", 4}};
  EXPECT_THAT(train("sgd", settings).weights,
              near({-0.192961335f, -1.27254891f, -0.580144763f, 0.175184131f, -0.587387204f, -0.35022074f, 1.16261637f}, 0.3));
  const Json accumulated = {
      {"learning_rate", 0.05},           {"momentum", 0.9}, {"use_ema", true}, {"ema_momentum", 0.8}, {"ema_overwrite_frequency", 2},
      {"gradient_accumulation_steps", 3}};
  EXPECT_THAT(train("sgd", accumulated).weights,
              near({-0.677186668f, -0.689398289f, -0.28927359f, -0.0207692664f, 0.114440143f, 0.32068941f, 0.786938906f}, 0.3));
}

TEST(Average, IsWhatTheWeightsBecomeAtTheEnd) {
  const auto optimizer = catalog().at("sgd").make({{"use_ema", true}});
  const std::vector<Weight> list = lay_out({{"a", {2}}});
  std::vector<float> weights = {1, 2};
  std::vector<float> gradients = {0, 0};
  const Slots slots(*optimizer, list, weights);
  std::ranges::copy(std::vector<float>{7, 8}, slots.values()[0].data);
  optimizer->finalize({list, weights, gradients, slots.values()});
  EXPECT_THAT(weights, ElementsAre(7, 8));
}

TEST(LossScale, IsTakenOutOfTheGradients) {
  const auto optimizer = catalog().at("sgd").make({{"loss_scale_factor", 8.0}});
  const std::vector<Weight> list = lay_out({{"a", {2}}});
  std::vector<float> weights = {0, 0};
  std::vector<float> gradients = {8, -16};
  const Slots slots(*optimizer, list, weights);
  optimizer->apply({list, weights, gradients, slots.values()}, {.iteration = 1, .learning_rate = 1.0});
  EXPECT_THAT(weights, ElementsAre(-1, 2));
}

// All members, with all that they have in common switched on.
TEST(Optimizers, LeaveAFrozenWeightAndItsSlotsAlone) {
  for (const OptimizerEntry& entry : catalog()) {
    const auto optimizer = entry.make({{"weight_decay", 0.1}, {"use_ema", true}, {"ema_overwrite_frequency", 2}});
    std::vector<Weight> list = lay_out({{"a", {2, 2}}, {"frozen", {2, 2}}, {"b", {3}}});
    list[1].rate = 0.0;
    optimizer->prepare(list);
    std::vector<float> weights = {1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11};
    const std::vector<float> before = weights;
    const Slots slots(*optimizer, list, weights);
    GradientSequence sequence;
    for (std::int64_t iteration = 1; iteration <= 4; ++iteration) {
      std::vector<float> gradients = sequence.next(weights.size());
      optimizer->apply({list, weights, gradients, slots.values()}, {.iteration = iteration, .learning_rate = 0.1});
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (i >= 4 && i < 8) EXPECT_EQ(weights[i], before[i]) << entry.name;
      else EXPECT_NE(weights[i], before[i]) << entry.name;
    }
    const Slots fresh(*optimizer, list, before);
    for (std::size_t slot = 1; slot < slots.values().size(); ++slot)  // 0 is the average, which is the weight itself
      EXPECT_TRUE(std::ranges::equal(slots.values()[slot].of(1), fresh.values()[slot].of(1))) << entry.name;
  }
}

// With the rate in the step only, half a rate is half a step.
TEST(Optimizers, MultiplyTheRateOfAWeight) {
  for (const char* name : {"sgd", "adam", "lion", "lamb", "muon", "adagrad"}) {
    const auto optimizer = catalog().at(name).make({{"weight_decay", nullptr}});
    std::vector<float> moved;
    for (const double rate : {1.0, 0.5}) {
      std::vector<Weight> list = lay_out({{"a", {2, 2}}, {"b", {1}}});
      list[0].rate = rate;
      std::vector<float> weights = {1, -2, 3, -4, 5};
      std::vector<float> gradients = {0.5f, 1, -0.25f, 0.125f, 1};
      const Slots slots(*optimizer, list, weights);
      optimizer->apply({list, weights, gradients, slots.values()}, {.iteration = 1, .learning_rate = 0.25});
      moved.push_back(weights[0] - 1.0f);
    }
    EXPECT_NEAR(moved[1], moved[0] / 2, 1e-6) << name;
  }
}

// The order in which Keras saves an optimiser's variables: average and accumulator first; Adam's moments stand together, AMSGrad's maxima
// behind them.
TEST(SlotPlaces, ComeInTheOrderInWhichKerasSavesThem) {
  const auto names = [](const std::string& name, const Json& settings) {
    std::vector<std::string> all;
    for (const SlotPlace& place : slot_places(*catalog().at(name).make(settings), lay_out({{"a", {2, 2}}, {"b", {2}}})))
      all.push_back(place.name);
    return all;
  };
  EXPECT_THAT(names("sgd", {}), ElementsAre());
  EXPECT_THAT(names("sgd", {{"momentum", 0.9}, {"use_ema", true}, {"gradient_accumulation_steps", 2}}),
              ElementsAre("average/a", "average/b", "gradient_accumulator/a", "gradient_accumulator/b", "momentum/a", "momentum/b"));
  EXPECT_THAT(names("adam", {{"amsgrad", true}}),
              ElementsAre("momentum/a", "velocity/a", "momentum/b", "velocity/b", "velocity_hat/a", "velocity_hat/b"));
  EXPECT_THAT(names("rmsprop", {{"momentum", 0.5}, {"centered", true}}),
              ElementsAre("velocity/a", "velocity/b", "momentum/a", "momentum/b", "average_gradient/a", "average_gradient/b"));
  EXPECT_THAT(names("nadam", {}), ElementsAre("momentum/a", "velocity/a", "momentum/b", "velocity/b", "u_product/a"));
  EXPECT_THAT(names("muon", {}), ElementsAre("momentum/a", "momentum/b", "velocity/b"));
}

// Muon mixes the elements of a matrix; the others keep a zero where it is.
TEST(Optimizers, KeepAWeightOfZeroGradientAndZeroSlotsAtZero) {
  for (const OptimizerEntry& entry : catalog()) {
    const auto optimizer = entry.make(Json::object());
    const std::vector<Weight> list = lay_out({{"a", {1}}});
    std::vector<float> weight = {0.0f};
    const Slots slots(*optimizer, list, weight);
    for (std::int64_t iteration = 1; iteration <= 5; ++iteration) {
      std::vector<float> gradient = {0.0f};
      optimizer->apply({list, weight, gradient, slots.values()}, {iteration, 0.1});
    }
    EXPECT_EQ(weight[0], 0.0f) << entry.name;
  }
}

}  // namespace upkeep::optimizers
