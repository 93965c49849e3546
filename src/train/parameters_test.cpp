#include "train/parameters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace upkeep {

using testing::ElementsAre;

namespace {

NamedWeight weight(const std::string& name, Shape shape, bool trainable) {
  return {
      .name = name, .layer = "layer", .spec = {.name = name, .shape = std::move(shape), .initializer = "zeros", .trainable = trainable}};
}

const Weights kValues = {{"a", Tensor({2}, std::vector<float>{1, 2})},
                         {"fixed", Tensor({1}, std::vector<float>{9})},
                         {"b", Tensor({2}, std::vector<float>{0, 4})}};

Parameters parameters(const optimizers::Optimizer& optimizer) {
  return Parameters({weight("a", {2}, true), weight("fixed", {1}, false), weight("b", {2}, true)}, kValues, optimizer);
}

std::unique_ptr<optimizers::Optimizer> momentum() {
  return optimizers::catalog().at("sgd").make({{"learning_rate", 1.0}, {"momentum", 0.5}});
}

}  // namespace

TEST(Parameters, PutTrainableWeightsFirstAndUpdateOnlyThem) {
  const auto optimizer = momentum();
  Parameters all = parameters(*optimizer);
  EXPECT_EQ(all.trainable_count(), 2U);
  EXPECT_EQ(all.list()[2].name, "fixed");
  std::ranges::fill(all.gradients(), 1.0f);
  all.update(*optimizer, {.iteration = 1, .learning_rate = 1.0});
  EXPECT_THAT(all.tensor(0).floats(), ElementsAre(0, 1));
  EXPECT_THAT(all.tensor(1).floats(), ElementsAre(-1, 3));
  EXPECT_THAT(all.tensor(2).floats(), ElementsAre(9));
  EXPECT_THAT(all.slot_tensor(0).floats(), ElementsAre(-1, -1));
}

TEST(Parameters, KeepTheZerosOfTheWeightsNamed) {
  const auto optimizer = momentum();
  Parameters all = parameters(*optimizer);
  all.assign_slot(1, Tensor({2}, std::vector<float>{5, 5}));
  all.keep_zeros({"b"});
  std::ranges::fill(all.gradients(), 1.0f);
  for (std::int64_t i = 1; i <= 3; ++i) all.update(*optimizer, {.iteration = i, .learning_rate = 1.0});
  EXPECT_EQ(all.tensor(1).floats()[0], 0.0f);
  EXPECT_NE(all.tensor(1).floats()[1], 4.0f);
}

TEST(Parameters, GoBackToWhatTheyRemember) {
  const auto optimizer = momentum();
  Parameters all = parameters(*optimizer);
  Parameters::Values before;
  all.remember(before);
  std::ranges::fill(all.gradients(), std::nanf(""));
  all.update(*optimizer, {.iteration = 1, .learning_rate = 1.0});
  EXPECT_FALSE(all.finite());
  all.go_back(before);
  EXPECT_TRUE(all.finite());
  EXPECT_THAT(all.tensor(0).floats(), ElementsAre(1, 2));
  EXPECT_THAT(all.slot_tensor(0).floats(), ElementsAre(0, 0));
}

TEST(Parameters, KeepTheZerosOfAMatrixThatMuonWouldFill) {
  const auto optimizer = optimizers::catalog().at("muon").make(Json::object());
  Parameters all({weight("k", {2, 2}, true)}, {{"k", Tensor({2, 2}, std::vector<float>{1, 0, 2, 3})}}, *optimizer);
  all.keep_zeros({"k"});
  std::ranges::copy(std::vector<float>{1, 5, -2, 1}, all.gradient(0));
  all.update(*optimizer, {.iteration = 1, .learning_rate = 0.1});
  EXPECT_EQ(all.tensor(0).floats()[1], 0.0f);
  EXPECT_NE(all.tensor(0).floats()[0], 1.0f);
}

TEST(Parameters, BringWeightsBackToTheirConstraintAfterEachUpdate) {
  const auto optimizer = momentum();
  NamedWeight bounded = weight("a", {2}, true);
  bounded.spec.constraint = "non_neg";
  Parameters all({bounded}, kValues, *optimizer);
  std::ranges::fill(all.gradients(), 1.5f);
  all.update(*optimizer, {.iteration = 1, .learning_rate = 1.0});
  EXPECT_THAT(all.tensor(0).floats(), ElementsAre(0, 0.5f));
  bounded.spec.constraint = "no_neg";
  EXPECT_THROW(Parameters({bounded}, kValues, *optimizer), Error);
}

TEST(Parameters, LeaveAFrozenWeightAlone) {
  const auto optimizer = momentum();
  Parameters all = parameters(*optimizer);
  all.set_rate(0, 0.0);
  std::ranges::fill(all.gradients(), 1.0f);
  all.update(*optimizer, {.iteration = 1, .learning_rate = 1.0});
  EXPECT_THAT(all.tensor(0).floats(), ElementsAre(1, 2));
  EXPECT_THAT(all.tensor(1).floats(), ElementsAre(-1, 3));
}

TEST(Parameters, RefuseAWeightOfAnotherShape) {
  const auto optimizer = momentum();
  Parameters all = parameters(*optimizer);
  EXPECT_THROW(all.assign(0, Tensor({3}, std::vector<float>{1, 2, 3})), Error);
}

}  // namespace upkeep
