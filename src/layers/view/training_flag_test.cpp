#include "layers/view/training_flag.hpp"

#include <gtest/gtest.h>

namespace upkeep::layers {
namespace {

LayerSpec layer_of_kind(const std::string& kind, Json settings) { return {.kind = kind, .name = "l", .settings = std::move(settings)}; }

TEST(TrainingFlag, KnowsWhatDiffersInTrainingAlsoInAWrapper) {
  EXPECT_TRUE(differs_in_training(layer_of_kind("dropout", {{"rate", 0.5}})));
  EXPECT_TRUE(differs_in_training(layer_of_kind("gaussian_noise", {{"stddev", 0.5}})));
  EXPECT_TRUE(differs_in_training(layer_of_kind("lstm", {{"units", 2}, {"recurrent_dropout", 0.5}})));
  EXPECT_TRUE(differs_in_training(layer_of_kind("batch_normalization", Json::object())));
  EXPECT_TRUE(differs_in_training(layer_of_kind("random_flip", Json::object())));
  EXPECT_TRUE(differs_in_training(layer_of_kind("time_distributed", {{"layer", {{"dropout", {{"rate", 0.5}}}}}})));
  EXPECT_FALSE(differs_in_training(layer_of_kind("dropout", {{"rate", 0}})));
  EXPECT_FALSE(differs_in_training(layer_of_kind("batch_normalization", {{"trainable", false}})));
  EXPECT_FALSE(differs_in_training(layer_of_kind("lstm", {{"units", 2}})));
}

TEST(TrainingFlag, QuietLayersDoInTrainingWhatTheyDoOtherwise) {
  const Json wrapped = {{"layer", {{"gru", {{"units", 2}, {"dropout", 0.5}}}}}};
  for (const LayerSpec& layer : {layer_of_kind("spatial_dropout_1d", {{"rate", 0.5}}), layer_of_kind("gaussian_noise", {{"stddev", 1}}),
                                 layer_of_kind("batch_normalization", Json::object()), layer_of_kind("bidirectional", wrapped)})
    EXPECT_FALSE(differs_in_training(quiet_in_training(layer))) << layer.kind;
}

}  // namespace
}  // namespace upkeep::layers
