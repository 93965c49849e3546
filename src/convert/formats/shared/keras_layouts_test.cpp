#include "convert/formats/shared/keras_layouts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "base/error_testing.hpp"

namespace upkeep::formats {
namespace {

using testing::ElementsAre;

Tensor counting(Shape shape, float from = 0) {
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  std::iota(values.begin(), values.end(), from);
  return Tensor(std::move(shape), std::move(values));
}

LayerSpec layer_of(const std::string& kind, Json settings = Json::object()) {
  return {.kind = kind, .name = "l", .settings = std::move(settings)};
}

// Gates i, c, f, o of one unit with one input: kernel, state and bias of each.
TEST(KerasOneWeights, JoinTheGatesOfAnLstm) {
  NamedTensors old;
  for (int gate = 0; gate < 4; ++gate)
    for (int part = 0; part < 3; ++part) {
      const auto value = static_cast<float>(10 * gate + part);
      old.emplace_back("", part == 2 ? Tensor({1}, std::vector<float>{value}) : Tensor({1, 1}, std::vector<float>{value}));
    }
  const NamedTensors made = weights_of_keras_one(layer_of("lstm"), old);
  ASSERT_EQ(made.size(), 3U);
  EXPECT_THAT(made[0].second.floats(), ElementsAre(0, 20, 10, 30));  // i, f, c, o
  EXPECT_THAT(made[1].second.floats(), ElementsAre(1, 21, 11, 31));
  EXPECT_EQ(made[2].second, Tensor({4}, std::vector<float>{2, 22, 12, 32}));
}

TEST(KerasOneWeights, JoinMatricesRowByRow) {
  NamedTensors old;
  for (int gate = 0; gate < 3; ++gate) {
    old.emplace_back("", counting({2, 2}, static_cast<float>(10 * gate)));
    old.emplace_back("", counting({2, 2}));
    old.emplace_back("", counting({2}));
  }
  EXPECT_THAT(weights_of_keras_one(layer_of("gru"), old)[0].second.floats(), ElementsAre(0, 1, 10, 11, 20, 21, 2, 3, 12, 13, 22, 23));
}

TEST(KerasOneWeights, OrderTheAxesOfKernels) {
  const Tensor theano = counting({3, 2, 1, 1});  // filters, channels, rows, columns
  const NamedTensors conv = weights_of_keras_one(layer_of("conv2d", {{"data_format", "channels_first"}}), {{"W", theano}});
  EXPECT_EQ(conv[0].second, Tensor({1, 1, 2, 3}, std::vector<float>{0, 2, 4, 1, 3, 5}));
  EXPECT_EQ(weights_of_keras_one(layer_of("conv2d"), {{"W", theano}})[0].second, theano);
  EXPECT_EQ(weights_of_keras_one(layer_of("conv1d", {{"filters", 3}}), {{"W", counting({4, 1, 2, 3})}})[0].second, counting({4, 2, 3}));
}

TEST(KerasOneWeights, SayWhichAreMissing) {
  EXPECT_THAT(message_of([] { weights_of_keras_one(layer_of("lstm"), NamedTensors(12, {"", counting({1, 1, 1})})); }),
              testing::HasSubstr("do not go together"));
}

TEST(TheanoWeights, AreTurnedRound) {
  const NamedTensors turned = weights_of_theano(layer_of("conv2d"), {{"kernel", counting({2, 2, 1, 1})}, {"bias", counting({1})}});
  EXPECT_THAT(turned[0].second.floats(), ElementsAre(3, 2, 1, 0));
  EXPECT_EQ(weights_of_theano(layer_of("dense"), {{"kernel", counting({2, 2})}})[0].second, counting({2, 2}));
}

TEST(TheanoWeights, AreTurnedRoundWithinALayerToo) {
  const LayerSpec layer = layer_of("time_distributed", {{"layer", {{"conv2d", {{"filters", 1}, {"kernel_size", 2}}}}}});
  EXPECT_THAT(weights_of_theano(layer, {{"kernel", counting({2, 2, 1, 1})}})[0].second.floats(), ElementsAre(3, 2, 1, 0));
}

// Two inputs, one unit: each gate's column is a row of one unit, so that nothing moves; two units, and it does.
TEST(CudnnWeights, HaveTheirGatesTurned) {
  const NamedTensors made = weights_of_cudnn(
      layer_of("gru", {{"units", 2}}), {{"kernel", counting({3, 6})}, {"recurrent_kernel", counting({2, 6})}, {"bias", counting({12})}});
  // Gate 0 is {0 1, 6 7, 12 13}: two units of three inputs, {0 1 6} and {7 12 13}.
  EXPECT_THAT(made[0].second.floats(), ElementsAre(0, 7, 2, 9, 4, 11, 1, 12, 3, 14, 5, 16, 6, 13, 8, 15, 10, 17));
  EXPECT_THAT(made[1].second.floats(), ElementsAre(0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11));
  EXPECT_EQ(made[2].second, counting({2, 6}));
}

TEST(CudnnWeights, AddTheBiasesOfAnLstm) {
  const NamedTensors made = weights_of_cudnn(
      layer_of("lstm", {{"units", 1}}), {{"kernel", counting({1, 4})}, {"recurrent_kernel", counting({1, 4})}, {"bias", counting({8})}});
  EXPECT_EQ(made[0].second, counting({1, 4}));
  EXPECT_THAT(made[2].second.floats(), ElementsAre(4, 6, 8, 10));
}

TEST(CudnnWeights, LeaveOtherLayersAlone) {
  const NamedTensors own = {{"kernel", counting({3, 6})}, {"recurrent_kernel", counting({2, 6})}, {"bias", counting({2, 6})}};
  EXPECT_EQ(weights_of_cudnn(layer_of("gru", {{"units", 2}}), own), own);
  EXPECT_EQ(weights_of_cudnn(layer_of("dense", {{"units", 2}}), own), own);
}

TEST(CudnnWeights, SayWhatHasNoGates) {
  EXPECT_THAT(message_of([] {
                weights_of_cudnn(layer_of("lstm", {{"units", 1}}), {{"", counting({1, 5})}, {"", counting({1, 4})}, {"", counting({8})}});
              }),
              testing::HasSubstr("[1, 5] has no 4 gates of 1"));
}

}  // namespace
}  // namespace upkeep::formats
