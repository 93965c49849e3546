#include "convert/formats/shared/keras.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "convert/convert_testing.hpp"
#include "graph/onnx.hpp"
#include "train/training_record.hpp"

namespace upkeep::formats {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

Tensor ramp(Shape shape, float from) {
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = from + static_cast<float>(i);
  return Tensor(std::move(shape), std::move(values));
}

// What Keras 3 writes of Input(2) -> Dense(1, name="d"), its optimiser variables left to the test.
KerasFile small() {
  KerasFile file;
  file.version = "3.9.0";
  file.model_config = parse_json(R"({"class_name": "Sequential", "config": {"name": "s", "layers": [
    {"class_name": "InputLayer", "config": {"batch_shape": [null, 2], "dtype": "float32", "name": "a"}},
    {"class_name": "Dense", "config": {"name": "d", "units": 1}}]}})");
  file.weights = {{"d", {{"s/d/kernel", ramp({2, 1}, 1)}, {"s/d/bias", ramp({1}, 5)}}}};
  return file;
}

KerasFile compiled(const std::string& training_config) {
  KerasFile file = small();
  file.training_config = parse_json(training_config);
  return file;
}

Compile compile_settings(const std::string& training_config) { return compile_of(model_from_keras(compiled(training_config))).value(); }

}  // namespace

TEST(KerasFile, GivesTheWeightsToTheirLayers) {
  const Model model = model_from_keras(small());
  EXPECT_EQ(answer(model, Tensor({1, 2}, std::vector<float>{10, 100})), Tensor({1, 1}, std::vector<float>{10 + 200 + 5}));
  EXPECT_FALSE(compile_of(model).has_value());
}

TEST(KerasFile, FindsWeightsByNameThenByPlace) {
  KerasFile swapped = small();
  std::swap(swapped.weights[0].second[0], swapped.weights[0].second[1]);
  const Tensor x({1, 2}, std::vector<float>{10, 100});
  EXPECT_EQ(answer(model_from_keras(swapped), x), answer(model_from_keras(small()), x));
  KerasFile unnamed = small();
  unnamed.weights[0].second[0].first = "Variable:0";
  unnamed.weights[0].second[1].first = "Variable_1:0";
  EXPECT_EQ(answer(model_from_keras(unnamed), x), answer(model_from_keras(small()), x));
}

TEST(KerasFile, SaysWhichWeightIsMissingOrMisshapen) {
  KerasFile file = small();
  file.weights[0].second[0].second = ramp({3, 1}, 0);
  EXPECT_THAT(message_of([&] { model_from_keras(file); }),
              AllOf(HasSubstr("layer \"d\""), HasSubstr("kernel"), HasSubstr("[2, 1]"), HasSubstr("[3, 1]")));
  file = small();
  file.weights[0].second.clear();
  EXPECT_THAT(message_of([&] { model_from_keras(file); }), AllOf(HasSubstr("layer \"d\""), HasSubstr("0 weights")));
  file.weights.clear();
  EXPECT_THAT(message_of([&] { model_from_keras(file); }), HasSubstr("no weights of layer \"d\""));
}

// As TensorFlow's converter writes Flatten, and what is left of a normalisation behind a convolution.
TEST(KerasFile, WritesGraphsThatComputeTheirConstants) {
  const Model foreign = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N, 1, 2, 2] x) => (float[N, 1] y)
    <float[1, 1, 1, 1] k = {2}, float[1, 1, 1, 1] scale = {3}, float[1, 1, 1, 1] shift = {1}, float[4, 1] w = {1, 1, 1, 1},
     int64[1] at0 = {0}, int64[1] at1 = {1}, int64[1] four = {4}>
    { c = Conv(x, k)  m = Mul(c, scale)  n = Add(m, shift)  s = Shape(n)  rows = Slice(s, at0, at1, at0)  sizes = Concat <axis = 0> (rows, four)
      flat = Reshape(n, sizes)  y = MatMul(flat, w) })");
  const Model back = model_from_keras(keras_from_model(foreign, WeightNames::kPlaces));
  const Tensor x({1, 1, 2, 2}, std::vector<float>{1, 2, 3, 4});
  EXPECT_EQ(answer(back, x), Tensor({1, 1}, std::vector<float>{6 * 10 + 4}));
  EXPECT_EQ(answer(foreign, x), answer(back, x));
}

TEST(KerasFile, NamesTheNodesOfGraphsThatAreNoLayers) {
  const Model foreign =
      model_from_text(R"(<ir_version: 10, opset_import: ["": 21]> g (float[N, 3] x) => (float[N, 3] y) { a = Hardmax(x)  y = Relu(a) })");
  EXPECT_THAT(message_of([&] { keras_from_model(foreign, WeightNames::kLayers); }), HasSubstr("Hardmax \"a\""));
}

TEST(KerasTraining, ReadsLossesInEveryForm) {
  for (const char* loss :
       {R"("mse")", R"("mean_squared_error")", R"(["mse"])", R"({"d": "mse"})",
        R"({"class_name": "MeanSquaredError", "config": {"reduction": "auto"}})",
        R"({"class_name": "LossFunctionWrapper", "config": {"fn": "mean_squared_error"}})",
        R"({"class_name": "function", "config": "mean_squared_error"})",
        R"({"module": "keras.losses", "class_name": "MeanSquaredError", "config": {"name": "x"}, "registered_name": null})"})
    EXPECT_EQ(compile_settings(std::string(R"({"loss": )") + loss + "}").loss.name, "mse") << loss;
  const NamedSettings huber =
      compile_settings(
          R"({"loss": {"class_name": "Huber", "config": {"reduction": "auto", "name": "huber_loss", "delta": 0.5, "fn": "huber"}}})")
          .loss;
  EXPECT_EQ(huber.name, "huber");
  EXPECT_EQ(huber.values, Json({{"delta", 0.5}}));
}

TEST(KerasTraining, ReadsMetricsInEveryForm) {
  EXPECT_THAT(
      compile_settings(
          R"({"loss": "mse", "metrics": ["mae", {"class_name": "RootMeanSquaredError", "config": {"name": "r", "dtype": "float32"}}],
                                   "weighted_metrics": ["mse"]})")
          .metrics,
      ElementsAre("mae", "rmse:name=r"));
  EXPECT_THAT(
      compile_settings(
          R"({"loss": "mse", "metrics": [[{"class_name": "MeanMetricWrapper", "config": {"name": "mae", "fn": "mean_absolute_error"}},
                                   {"class_name": "MeanMetricWrapper", "config": {"name": "acc", "fn": "binary_accuracy"}}]], "weighted_metrics": null})")
          .metrics,
      ElementsAre("mae", "accuracy"));
  EXPECT_THAT(
      compile_settings(
          R"({"loss": "mse", "metrics": {"d": ["acc", {"class_name": "Precision", "config": {"thresholds": 0.7, "top_k": null}}]}})")
          .metrics,
      ElementsAre("accuracy", "precision:threshold=0.7"));
  EXPECT_THAT(compile_settings(R"({"loss": "mse", "metrics": ["somebodys_own", "mse"]})").metrics, ElementsAre("somebodys_own", "mse"));
}

TEST(KerasTraining, ReadsTheOptimiserAsItWasMeant) {
  const NamedSettings adam =
      compile_settings(R"({"loss": "mse", "optimizer_config": {"class_name": "Custom>Adam", "config": {"name": "Adam", "weight_decay": null,
      "use_ema": false, "ema_momentum": 0.99, "jit_compile": true, "learning_rate": 0.009999999776482582, "beta_1": 0.8999999761581421, "amsgrad": true}}})")
          .optimizer;
  EXPECT_EQ(adam.name, "adam");
  EXPECT_EQ(adam.values, Json({{"learning_rate", 0.01}, {"beta_1", 0.9}, {"amsgrad", true}}));
  EXPECT_EQ(compile_settings(R"({"loss": "mse", "optimizer_config": {"class_name": "SGD", "config": {"lr": 0.5, "decay": 0.0}}})")
                .optimizer.values,
            Json({{"learning_rate", 0.5}}));
  EXPECT_EQ(compile_settings(R"({"loss": "mse", "optimizer_config": {"class_name": "Nobodys", "config": {}}})").optimizer.name, "Nobodys");
}

TEST(KerasTraining, StartsAScheduleWhereItStarts) {
  EXPECT_EQ(compile_settings(R"({"loss": "mse", "optimizer_config": {"class_name": "SGD", "config": {"learning_rate":
      {"class_name": "ExponentialDecay", "config": {"initial_learning_rate": 0.25, "decay_steps": 10, "decay_rate": 0.9}}}}})")
                .optimizer.values,
            Json({{"learning_rate", 0.25}}));
}

TEST(KerasTraining, LeavesOutWhatItDoesNotKnow) {
  for (const char* config : {R"({"loss": null})", R"({"loss": {"a": "mse", "b": "mse"}})", R"({})"})
    EXPECT_FALSE(compile_of(model_from_keras(compiled(config))).has_value()) << config;
}

TEST(KerasTraining, RefusesNonsense) {
  for (const char* config : {R"({"loss": 3})", R"({"loss": "mse", "metrics": 5})", R"({"loss": "mse", "metrics": [7]})",
                             R"({"loss": "mse", "optimizer_config": []})",
                             R"({"loss": "mse", "optimizer_config": {"class_name": "SGD", "config": {"learning_rate": "fast"}}})",
                             R"({"loss": "mse", "optimizer_config": {"class_name": "SGD", "config": 3}})"})
    EXPECT_NE(message_of([&] { model_from_keras(compiled(config)); }), "no error") << config;
}

// The three ways in which Keras has named and ordered an optimiser's variables.
TEST(KerasTraining, SortsSlotsByNameWhateverTheOrder) {
  const Tensor mk = ramp({2, 1}, 1), mb = ramp({1}, 2), vk = ramp({2, 1}, 3), vb = ramp({1}, 4);
  const std::vector<NamedTensors> orders = {{{"adam/iteration", Tensor::scalar(std::int64_t{9})},
                                             {"adam/learning_rate", Tensor::scalar(0.25f)},
                                             {"adam/s_d_kernel_momentum", mk},
                                             {"adam/s_d_kernel_velocity", vk},
                                             {"adam/s_d_bias_momentum", mb},
                                             {"adam/s_d_bias_velocity", vb}},
                                            {{"iteration:0", Tensor::scalar(std::int64_t{9})},
                                             {"Adam/m/d/kernel:0", mk},
                                             {"Adam/v/d/kernel:0", vk},
                                             {"Adam/m/d/bias:0", mb},
                                             {"Adam/v/d/bias:0", vb}},
                                            {{"training/Adam/iter:0", Tensor::scalar(std::int64_t{9})},
                                             {"training/Adam/d/kernel/m:0", mk},
                                             {"training/Adam/d/bias/m:0", mb},
                                             {"training/Adam/d/kernel/v:0", vk},
                                             {"training/Adam/d/bias/v:0", vb}}};
  for (const NamedTensors& order : orders) {
    KerasFile file = compiled(R"({"loss": "mse", "optimizer_config": {"class_name": "Adam", "config": {"learning_rate": 0.25}}})");
    file.optimizer = order;
    const Model model = model_from_keras(file);
    EXPECT_EQ(training_record_of(model).iteration, 9);
    ASSERT_THAT(model.training_tensors, SizeIs(4));
    EXPECT_EQ(*find(model.training_tensors, "momentum/d/kernel"), mk);
    EXPECT_EQ(*find(model.training_tensors, "momentum/d/bias"), mb);
    EXPECT_EQ(*find(model.training_tensors, "velocity/d/kernel"), vk);
    EXPECT_EQ(*find(model.training_tensors, "velocity/d/bias"), vb);
    EXPECT_EQ(compile_of(model)->optimizer.values["learning_rate"], 0.25);
  }
}

TEST(KerasTraining, StartsSlotsAnewThatDoNotFit) {
  KerasFile file = compiled(R"({"loss": "mse", "optimizer_config": {"class_name": "Adam", "config": {}}})");
  file.optimizer = {{"adam/iteration", Tensor::scalar(std::int64_t{9})}, {"adam/s_d_kernel_momentum", ramp({2, 1}, 1)}};
  EXPECT_THAT(model_from_keras(file).training_tensors, IsEmpty());
}

TEST(KerasTraining, WritesWhatItReads) {
  KerasFile file = compiled(
      R"({"loss": {"class_name": "Huber", "config": {"delta": 0.5}}, "metrics": ["accuracy", "mae", {"class_name": "Precision", "config": {"thresholds": 0.7}}],
                                "optimizer_config": {"class_name": "SGD", "config": {"learning_rate": 0.5, "momentum": 0.25}}})");
  file.optimizer = {{"sgd/iteration", Tensor::scalar(std::int64_t{7})},
                    {"sgd/learning_rate", Tensor::scalar(0.5f)},
                    {"sgd/s_d_kernel_momentum", ramp({2, 1}, 1)},
                    {"sgd/s_d_bias_momentum", ramp({1}, 3)}};
  const Model model = model_from_keras(file);
  const KerasFile written = keras_from_model(model, WeightNames::kLayers);
  ASSERT_THAT(written.optimizer, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(written.optimizer[i].second, file.optimizer[i].second) << i;
  const Model again = model_from_keras(written);
  EXPECT_EQ(to_json(*compile_of(again)), to_json(*compile_of(model)));
  EXPECT_EQ(again.training_tensors, model.training_tensors);
  EXPECT_EQ(training_record_of(again).iteration, 7);
}

TEST(KerasTraining, WritesLossesAndMetricsAsClasses) {
  const Model accuracy = model_from_keras(compiled(R"({"loss": "mse", "metrics": ["mae", "acc"]})"));
  const Json config = keras_from_model(accuracy, WeightNames::kLayers).training_config;
  EXPECT_EQ(config["loss"]["class_name"], "MeanSquaredError");
  EXPECT_EQ(config["metrics"][0]["class_name"], "MeanAbsoluteError");
  EXPECT_EQ(config["metrics"][1], "accuracy");
  EXPECT_EQ(config["optimizer_config"]["class_name"], "Adam");
}

TEST(KerasTraining, WritesTodaysLearningRate) {
  Model model =
      model_from_keras(compiled(R"({"loss": "mse", "optimizer_config": {"class_name": "SGD", "config": {"learning_rate": 0.5}}})"));
  TrainingRecord record = training_record_of(model);
  record.learning_rate = 0.125;
  set_training_record(model, record);
  const KerasFile written = keras_from_model(model, WeightNames::kLayers);
  EXPECT_EQ(written.optimizer.at(1).second, Tensor::scalar(0.125f));
  EXPECT_EQ(written.training_config["optimizer_config"]["config"]["learning_rate"], 0.125);
}

}  // namespace upkeep::formats
