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
  std::vector<float> gradients = {0.3f, -0.4f, 0.1f};
  const std::vector<float> before = gradients;
  clip(gradients, std::vector<std::size_t>{2, 3}, {.clipnorm = 0.5});
  clip(gradients, std::vector<std::size_t>{2, 3}, {.global_clipnorm = 0.6});
  EXPECT_EQ(gradients, before);
}

TEST(Clipping, IsOfOneKind) {
  EXPECT_THROW(catalog().at("adam").make({{"clipnorm", 1.0}, {"clipvalue", 1.0}}), Error);
  EXPECT_THROW(catalog().at("adam").make({{"clipnorm", 0.0}}), Error);
}

// The order in which Keras saves an optimiser's variables: Adam's moments stand together, AMSGrad's maxima behind them.
TEST(SlotNames, ComeInTheOrderInWhichKerasSavesThem) {
  const auto names = [](const std::string& name, const Json& settings) {
    return slot_names(*catalog().at(name).make(settings), {"a", "b"});
  };
  EXPECT_THAT(names("sgd", {}), ElementsAre());
  EXPECT_THAT(names("sgd", {{"momentum", 0.9}}), ElementsAre("momentum/a", "momentum/b"));
  EXPECT_THAT(names("adam", {{"amsgrad", true}}),
              ElementsAre("momentum/a", "velocity/a", "momentum/b", "velocity/b", "velocity_hat/a", "velocity_hat/b"));
  EXPECT_THAT(names("rmsprop", {{"momentum", 0.5}, {"centered", true}}),
              ElementsAre("velocity/a", "velocity/b", "momentum/a", "momentum/b", "average_gradient/a", "average_gradient/b"));
}

TEST(Optimizers, KeepAWeightOfZeroGradientAndZeroSlotsAtZero) {
  for (const OptimizerEntry& entry : catalog()) {
    const auto optimizer = entry.make(Json::object());
    std::vector<std::vector<float>> memory;
    std::vector<float*> slots;
    for (std::size_t i = 0; i < optimizer->slots().size(); ++i) memory.emplace_back(1, optimizer->slot_start(i));
    for (std::vector<float>& slot : memory) slots.push_back(slot.data());
    std::vector<float> weight = {0.0f};
    const std::vector<float> gradient = {0.0f};
    for (std::int64_t iteration = 1; iteration <= 5; ++iteration) optimizer->update(weight, gradient, slots, {iteration, 0.1});
    EXPECT_EQ(weight[0], 0.0f) << entry.name;
  }
}

}  // namespace upkeep::optimizers
