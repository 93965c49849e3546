#include "convert/formats/shared/keras_compile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep::formats {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;

// Keras calls the output of the layer that is "tower_right" here by the model that it is in.
const std::vector<KerasOutput> kTwo = {{.name = "left", .keras = "left"}, {.name = "tower_right", .keras = "tower"}};

std::optional<Compile> read(const char* config, bool keras2 = false) { return read_compile(parse_json(config), kTwo, keras2); }

}  // namespace

TEST(KerasCompile, GivesOneLossToEachOutput) {
  const Compile compile = read(R"({"loss": "mse"})").value();
  EXPECT_THAT(compile.outputs, ElementsAre(Key("left"), Key("tower_right")));
  EXPECT_EQ(compile.outputs.at("left").loss.name, "mse");
  EXPECT_EQ(compile.outputs.at("tower_right").loss_weight, 1);
}

TEST(KerasCompile, ReadsListsByTheOrderOfOutputs) {
  const Compile compile = read(R"({"loss": ["mse", {"class_name": "Huber", "config": {"delta": 0.5}}], "loss_weights": [1.0, 0.25],
      "metrics": [["mae", "mse"], null], "weighted_metrics": [[], ["accuracy"]]})")
                              .value();
  EXPECT_THAT(compile.outputs.at("left").metrics, ElementsAre("mae", "mse"));
  const OutputCompile& right = compile.outputs.at("tower_right");
  EXPECT_EQ(right.loss.name, "huber");
  EXPECT_EQ(right.loss.values, Json({{"delta", 0.5}}));
  EXPECT_EQ(right.loss_weight, 0.25);
  EXPECT_THAT(right.metrics, testing::IsEmpty());
  EXPECT_THAT(right.weighted_metrics, ElementsAre("accuracy"));
}

TEST(KerasCompile, ReadsMapsByKerasNames) {
  const Compile compile =
      read(R"({"loss": {"tower": "mse", "left": "mae"}, "loss_weights": {"tower": 2}, "metrics": {"tower": "accuracy"}})").value();
  EXPECT_EQ(compile.outputs.at("left").loss.name, "mae");
  EXPECT_EQ(compile.outputs.at("left").loss_weight, 1);
  EXPECT_EQ(compile.outputs.at("tower_right").loss_weight, 2);
  EXPECT_THAT(compile.outputs.at("tower_right").metrics, ElementsAre("accuracy"));
}

TEST(KerasCompile, TrainsOutputsThatHaveALoss) {
  EXPECT_THAT(read(R"({"loss": [null, "mse"]})")->outputs, ElementsAre(Key("tower_right")));
  EXPECT_THAT(read(R"({"loss": {"tower": "mse"}})")->outputs, ElementsAre(Key("tower_right")));
  EXPECT_FALSE(read(R"({"loss": ["mse", "mse", "mse"]})").has_value());
  EXPECT_FALSE(read(R"({})").has_value());
}

TEST(KerasCompile, ReadsAListOfMetricsAsEachKerasDoes) {
  const char* config = R"({"loss": "mse", "metrics": ["mae", "mse"]})";
  EXPECT_THAT(read(config)->outputs.at("left").metrics, ElementsAre("mae"));
  EXPECT_THAT(read(config, true)->outputs.at("left").metrics, ElementsAre("mae", "mse"));
}

// Keras trains with none of them either.
TEST(KerasCompile, KeepsWhatDoesNotGoWithTheOutputs) {
  const Compile list = read(R"({"loss": "mse", "metrics": ["mae", "mse", "mape"]})").value();
  EXPECT_THAT(list.outputs.at("left").metrics, IsEmpty());
  EXPECT_EQ(list.misfits, (Json{{"metrics", {"mae", "mse", "mape"}}}));
  EXPECT_EQ(write_compile(list, 0.01, {"left", "tower_right"}).at("metrics"), (Json{"mae", "mse", "mape"}));
  EXPECT_TRUE(read(R"({"loss": "mse", "metrics": {"right": "mae"}})")->misfits.contains("metrics"));
  EXPECT_TRUE(read(R"({"loss": "mse", "loss_weights": [1, 2, 3]})")->misfits.contains("loss_weights"));
  EXPECT_TRUE(read(R"({"loss": "mse", "weighted_metrics": [["mae"]]})")->misfits.contains("weighted_metrics"));
  EXPECT_TRUE(read(R"({"loss": "mse", "metrics": {"tower": "mae"}, "loss_weights": [1, 2]})")->misfits.empty());
}

// What a metric is called is what its figures are called.
TEST(KerasCompile, LeavesDefaultsOutOfTheNamesOfMetrics) {
  const char* auc =
      R"({"loss": "mse", "metrics": [[{"class_name": "AUC", "config": {"name": "auc", "dtype": "float32", "num_thresholds": 200,
      "curve": "ROC", "summation_method": "interpolation", "multi_label": false, "num_labels": null, "label_weights": null, "from_logits": true}}], []]})";
  EXPECT_THAT(read(auc)->outputs.at("left").metrics, ElementsAre("auc:from_logits=true"));
}

TEST(KerasCompile, KeepsTheWeightOfAnOnlyLoss) {
  const std::vector<KerasOutput> one = {{.name = "d", .keras = "d"}};
  EXPECT_EQ(read_compile(parse_json(R"({"loss": "mse", "loss_weights": [0.5]})"), one, false)->outputs.at("d").loss_weight, 0.5);
  EXPECT_THAT(read_compile(parse_json(R"({"loss": "mse", "loss_weights": [1.0]})"), one, false)->outputs, IsEmpty());
}

TEST(KerasCompile, KeepsWhatIsNotKnownHere) {
  const Json loss = parse_json(R"({"module": "mine", "class_name": "MyLoss", "config": {"k": 2}, "registered_name": "mine>MyLoss"})");
  const Json optimizer =
      parse_json(R"({"module": "keras.optimizers", "class_name": "SGD", "config": {"learning_rate": 0.1, "lookahead": 5}})");
  const Compile compile =
      read_compile({{"loss", {loss, "mse"}}, {"metrics", {{"mae"}, {"somebodys_own"}}}, {"optimizer_config", optimizer}}, kTwo, false)
          .value();
  EXPECT_EQ(compile.outputs.at("left").loss.name, "MyLoss");
  EXPECT_THAT(compile.outputs.at("tower_right").metrics, ElementsAre("somebodys_own"));
  EXPECT_EQ(compile.optimizer.name, "SGD with lookahead");
  const Json written = write_compile(compile, 0.1, {"left", "tower_right"});
  EXPECT_EQ(written["loss"][0], loss);
  EXPECT_EQ(written["metrics"][1][0], "somebodys_own");
  EXPECT_EQ(written["optimizer_config"]["config"], optimizer["config"]);
}

// Keras 3.15's configuration of Adam(ExponentialDecay(0.05, 3, 0.5)).
TEST(KerasCompile, KeepsASchedule) {
  const Json schedule = parse_json(R"({"module": "keras.optimizers.schedules", "class_name": "ExponentialDecay",
      "config": {"initial_learning_rate": 0.05, "decay_steps": 3, "decay_rate": 0.5, "staircase": false, "name": "ExponentialDecay"}})");
  const Json adam = {{"class_name", "Adam"}, {"config", {{"learning_rate", schedule}, {"beta_1", 0.9}}}};
  const Compile compile = read_compile({{"loss", "mse"}, {"optimizer_config", adam}}, {{.name = "y", .keras = "y"}}, false).value();
  ASSERT_TRUE(compile.schedule);
  EXPECT_EQ(compile.schedule->name, "exponential-decay");
  EXPECT_EQ(compile.optimizer.values["learning_rate"], 0.05);
  const Json written = write_compile(compile, 0.01, {"y"})["optimizer_config"]["config"]["learning_rate"];
  EXPECT_EQ(written["class_name"], "ExponentialDecay");
  EXPECT_EQ(written["module"], "keras.optimizers.schedules");
  EXPECT_EQ(written["config"]["decay_steps"], 3);
  EXPECT_EQ(written["config"]["initial_learning_rate"], 0.05);
}

TEST(KerasCompile, ReadsTheDecayOfKerasOldOptimisersAsASchedule) {
  const Json sgd = {{"class_name", "SGD"}, {"config", {{"lr", 0.1}, {"decay", 0.01}}}};
  const Compile compile = read_compile({{"loss", "mse"}, {"optimizer_config", sgd}}, {{.name = "y", .keras = "y"}}, true).value();
  EXPECT_EQ(compile.schedule.value().name, "inverse-time-decay");
  EXPECT_EQ(compile.schedule->values, Json({{"decay_steps", 1}, {"decay_rate", 0.01}}));
}

// tf_keras overwrites where iterations + 1 is a multiple, iterations counted after the update; Keras 3 counts before it.
TEST(KerasCompile, DoesNotTakeKeras2CountOfAveragesForKeras3s) {
  const Json sgd = parse_json(R"({"class_name": "SGD", "config": {"learning_rate": 0.1, "use_ema": true, "ema_overwrite_frequency": 2}})");
  const auto optimizer = [&](bool keras2) {
    return read_compile({{"loss", "mse"}, {"optimizer_config", sgd}}, {{.name = "y", .keras = "y"}}, keras2)->optimizer.name;
  };
  EXPECT_EQ(optimizer(false), "sgd");
  EXPECT_EQ(optimizer(true), "SGD with ema_overwrite_frequency of Keras 2");
}

TEST(KerasCompile, KeepsWeightedMetricsNamesAndHowItRuns) {
  const Compile compile = read_compile(parse_json(R"({"loss": "mse", "metrics": ["mae"], "weighted_metrics": [
      {"class_name": "AUC", "config": {"name": "area", "curve": "PR"}}], "steps_per_execution": 4, "jit_compile": true, "run_eagerly": false})"),
                                       {{.name = "y", .keras = "y"}}, false)
                              .value();
  EXPECT_THAT(compile.metrics, ElementsAre("mae"));
  EXPECT_THAT(compile.weighted_metrics, ElementsAre("auc:curve=PR,name=area"));
  const Json written = write_compile(compile, 0.01, {"y"});
  EXPECT_EQ(written["weighted_metrics"][0]["config"]["name"], "area");
  EXPECT_EQ(written["steps_per_execution"], 4);
  EXPECT_EQ(written["jit_compile"], true);
}

TEST(KerasCompile, WritesWhatItReads) {
  Compile compile = read(R"({"loss": [null, "mse"], "loss_weights": [1, 2], "metrics": [[], ["mae", "accuracy"]],
      "optimizer_config": {"class_name": "SGD", "config": {"learning_rate": 0.5, "momentum": 0}}})")
                        .value();
  const Json written = write_compile(compile, 0.25, {"left", "tower_right"});
  EXPECT_TRUE(written["loss"][0].is_null());
  EXPECT_EQ(written["loss"][1]["class_name"], "MeanSquaredError");
  EXPECT_EQ(written["loss_weights"], Json({1.0, 2.0}));
  EXPECT_EQ(written["metrics"][0], Json::array());
  compile.optimizer.values["learning_rate"] = 0.25;
  compile.execution = {{"run_eagerly", false}, {"steps_per_execution", 1}, {"jit_compile", false}};  // Keras's own defaults are written
  EXPECT_EQ(to_json(read_compile(written, kTwo, false).value()), to_json(compile));
}

// Keras 3 checks some of its numbers by their type: isinstance(momentum, float).
TEST(KerasCompile, WritesNumbersThatKerasTakesForSuch) {
  Compile compile;
  compile.optimizer = {"sgd", {{"momentum", 0}}};  // as somebody types it
  compile.loss = {"huber", {{"delta", 2}}};
  const Json written = write_compile(compile, 0.5, {"d"});
  EXPECT_TRUE(written["optimizer_config"]["config"]["momentum"].is_number_float());
  EXPECT_TRUE(written["loss"]["config"]["delta"].is_number_float());
  const Json object = {{"class_name", "SGD"}, {"config", {{"momentum", 0.0}}}};
  EXPECT_TRUE(read_compile({{"loss", "mse"}, {"optimizer_config", object}}, {{.name = "d", .keras = "d"}}, false)
                  ->optimizer.values["momentum"]
                  .is_number_float());
}

TEST(KerasCompile, KeepsTheThresholdsOfAnAuc) {
  const Json auc = parse_json(R"({"class_name": "AUC", "config": {"name": "auc", "num_thresholds": 5, "thresholds": [0.1, 0.5, 0.9]}})");
  const std::vector<KerasOutput> one = {{.name = "y", .keras = "y"}};
  const Compile compile = read_compile({{"loss", "mse"}, {"metrics", {"auc", auc}}}, one, false).value();
  EXPECT_THAT(compile.metrics, ElementsAre("auc", "auc:thresholds=[0.1,0.5,0.9]"));
  const Json written = write_compile(compile, 0.01, {"y"});
  EXPECT_EQ(written["metrics"][1]["config"]["thresholds"], parse_json("[0.1, 0.5, 0.9]"));
  EXPECT_EQ(written["metrics"][1]["config"]["name"], "auc_1");
}

// Keras 3 forgets the optimiser of .keras where the model was saved as .h5 before.
TEST(KerasCompile, TakesKerasDefaultForAnOptimiserThatIsNotThere) {
  EXPECT_EQ(read(R"({"loss": "mse", "optimizer_config": null})")->optimizer.name, "rmsprop");
}

}  // namespace upkeep::formats
