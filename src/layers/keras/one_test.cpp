#include "layers/keras/one.hpp"

#include "layers/keras/json.hpp"
#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

LayerSpec read_old(const char* text) { return layer_from_keras(from_keras_one(parse_json(text)), true); }

// Configurations as Keras 1.2.2 writes them.
TEST(KerasOne, CallsItsLayersByTodaysNames) {
  const LayerSpec conv =
      read_old(R"({"class_name": "Convolution2D", "config": {"name": "c", "nb_filter": 8, "nb_row": 3, "nb_col": 2, "border_mode": "same",
    "subsample": [2, 1], "dim_ordering": "tf", "init": "glorot_uniform", "bias": true, "activation": "relu", "W_regularizer": null, "b_regularizer": null,
    "W_constraint": null, "b_constraint": null, "activity_regularizer": null, "trainable": true}})");
  EXPECT_EQ(conv.kind, "conv2d");
  EXPECT_EQ(conv.settings,
            (Json{{"filters", 8}, {"kernel_size", {3, 2}}, {"strides", {2, 1}}, {"padding", "same"}, {"activation", "relu"}}));
  const LayerSpec lstm =
      read_old(R"({"class_name": "LSTM", "config": {"name": "l", "output_dim": 5, "init": "glorot_uniform", "inner_init": "orthogonal",
    "forget_bias_init": "one", "activation": "tanh", "inner_activation": "hard_sigmoid", "return_sequences": true, "consume_less": "cpu", "dropout_W": 0.0}})");
  EXPECT_EQ(lstm.settings["units"], 5);
  EXPECT_EQ(lstm.settings["recurrent_activation"], (Json{{"class_name", "hard_sigmoid"}, {"config", {{"slope", 0.2}}}}));
  EXPECT_EQ(read_old(R"({"class_name": "GRU", "config": {"output_dim": 5, "init": "uniform"}})").settings["reset_after"], false);
  EXPECT_EQ(read_old(R"({"class_name": "Dropout", "config": {"p": 0.25}})").settings["rate"], 0.25);
  EXPECT_EQ(
      read_old(R"({"class_name": "Embedding", "config": {"input_dim": 7, "output_dim": 3, "init": "uniform"}})").settings["output_dim"], 3);
  EXPECT_EQ(read_old(R"({"class_name": "Merge", "config": {"mode": "concat", "concat_axis": 1}})").settings["axis"], 1);
}

TEST(KerasOne, ReadsPenaltiesAndConstraintsByTheirName) {
  const LayerSpec dense = read_old(R"({"class_name": "Dense", "config": {"output_dim": 2, "init": "uniform",
      "W_regularizer": {"name": "L1L2Regularizer", "l1": 0.5, "l2": 0.25}, "b_regularizer": {"name": "WeightRegularizer", "l1": 0.0, "l2": 1.0},
      "W_constraint": {"name": "MaxNorm", "m": 3, "axis": 0}, "b_constraint": {"name": "NonNeg"}}})");
  EXPECT_EQ(dense.settings["kernel_regularizer"], (Json{{"class_name", "L1L2"}, {"config", {{"l1", 0.5}, {"l2", 0.25}}}}));
  EXPECT_EQ(dense.settings["bias_regularizer"], (Json{{"class_name", "L1L2"}, {"config", {{"l1", 0.0}, {"l2", 1.0}}}}));
  EXPECT_EQ(dense.settings["kernel_constraint"], (Json{{"class_name", "MaxNorm"}, {"config", {{"axis", 0}, {"max_value", 3}}}}));
  EXPECT_EQ(dense.settings["bias_constraint"], (Json{{"class_name", "NonNeg"}, {"config", Json::object()}}));
}

TEST(KerasOne, LeavesWhatIsOfTodayAlone) {
  const Json dense = parse_json(R"({"class_name": "Dense", "config": {"units": 2}})");
  EXPECT_EQ(from_keras_one(dense), dense);
  const Json embedding = parse_json(R"({"class_name": "Embedding", "config": {"input_dim": 7, "output_dim": 3}})");
  EXPECT_EQ(from_keras_one(embedding), embedding);
}

TEST(KerasOne, RefusesWhatIsGone) {
  EXPECT_THAT(message_of([] { read_old(R"({"class_name": "Merge", "config": {"mode": "cos"}})"); }),
              testing::HasSubstr("a Merge by \"cos\""));
  EXPECT_THAT(message_of([] { read_old(R"({"class_name": "BatchNormalization", "config": {"mode": 1, "gamma_init": "one"}})"); }),
              testing::HasSubstr("by samples"));
}

}  // namespace
}  // namespace upkeep::layers
