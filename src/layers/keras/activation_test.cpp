#include "layers/keras/activation.hpp"

#include "layers/keras/json.hpp"
#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

const Json kOld = {{"class_name", "hard_sigmoid"}, {"config", {{"slope", 0.2}}}};

TEST(KerasActivation, IsANameWhereNothingElseIsSaid) {
  EXPECT_EQ(activation_from_keras("relu", false), "relu");
  EXPECT_EQ(activation_to_keras("relu"), "relu");
  EXPECT_TRUE(activation_from_keras("linear", false).is_null());
  EXPECT_EQ(activation_to_keras("leaky_relu:negative_slope=0.5")["class_name"], "LeakyReLU");
}

TEST(KerasActivation, TellsTheHardSigmoidsApart) {
  EXPECT_EQ(activation_from_keras("hard_sigmoid", true), kOld);
  EXPECT_EQ(activation_from_keras("hard_sigmoid", false), "hard_sigmoid");
  EXPECT_EQ(activation_to_keras("hard_sigmoid"), "hard_sigmoid");
}

// Keras 3 has no other slope: a line that is clipped.
TEST(KerasActivation, WritesTheHardSigmoidOfKeras2AsTwoLayers) {
  const Json written = activation_to_keras(kOld);
  EXPECT_EQ(written["class_name"], "Sequential");
  EXPECT_EQ(written["config"]["layers"][0]["config"]["scale"], 0.2);
  EXPECT_EQ(written["config"]["layers"][0]["config"]["offset"], 0.5);
  EXPECT_EQ(written["config"]["layers"][1]["config"]["max_value"], 1);
  EXPECT_EQ(activation_from_keras(written, false), kOld);
  Json saved_again = written;  // as Keras writes what it has built
  saved_again["config"]["layers"] = {parse_json(R"({"class_name": "InputLayer", "config": {"batch_shape": [null, 3], "name": "i"}})"),
                                     written["config"]["layers"][0], written["config"]["layers"][1]};
  saved_again["config"]["layers"][2]["config"].update(
      parse_json(R"({"negative_slope": 0.0, "threshold": 0.0, "trainable": true, "dtype": "float32"})"));
  EXPECT_EQ(activation_from_keras(saved_again, false), kOld);
}

TEST(KerasActivation, ReadsNoOtherModel) {
  Json other = activation_to_keras(kOld);
  other["config"]["layers"][1]["config"]["max_value"] = 2;
  EXPECT_THAT(message_of([&] { activation_from_keras(other, false); }), testing::HasSubstr("Sequential"));
}

TEST(KerasActivation, SaysWhatKerasHasNoWordFor) {
  EXPECT_THAT(message_of([] { activation_to_keras("celu:alpha=2"); }), testing::HasSubstr("no way to write activation \"celu\""));
}

TEST(KerasLayer, TakesLayersThatOnlyKeras2Has) {
  const auto read = [](const char* text) { return layer_from_keras(parse_json(text), true); };
  EXPECT_EQ(read(R"({"class_name": "CuDNNGRU", "config": {"units": 2}})").kind, "gru");
  EXPECT_EQ(read(R"({"class_name": "CuDNNLSTM", "config": {"units": 2}})").kind, "lstm");
  EXPECT_EQ(read(R"({"class_name": "SyncBatchNormalization", "config": {}})").kind, "batch_normalization");
  EXPECT_EQ(read(R"({"class_name": "ThresholdedReLU", "config": {"theta": 0.5}})").settings, (Json{{"threshold", 0.5}}));
  EXPECT_EQ(read(R"({"class_name": "StringLookup", "config": {"vocabulary": ["a"], "dtype": "int64"}})").kind, "string_lookup");
}

}  // namespace
}  // namespace upkeep::layers
