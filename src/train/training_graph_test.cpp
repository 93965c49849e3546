#include "train/training_graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/session.hpp"
#include "train/kernels/kernel.hpp"
#include "train/testing.hpp"

namespace upkeep {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

namespace {

Model build_net(const std::string& layers, const std::vector<std::string>& outputs = {}) {
  Architecture net = architecture_from_yaml("layers: [{input: {shape: [10]}}, " + layers + "]");
  net.outputs = outputs;
  return build_model(net, initial_weights(net, 1));
}
Trainable net(const std::string& layers) { return Trainable(build_net(layers)); }

}  // namespace

TEST(TrainingGraph, GivesLossPredictionsAndAGradientPerTrainableWeight) {
  const TrainingGraph graph = training_graph(net("{dense: {units: 4, trainable: false}}, {dense: {units: 1}}"), compile("sgd"));
  verify(graph.model);
  EXPECT_THAT(graph.weights, ElementsAre("dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"));
  EXPECT_THAT(graph.gradients,
              ElementsAre(Pair("dense_1/kernel", "upkeep/gradient/dense_1/kernel"), Pair("dense_1/bias", "upkeep/gradient/dense_1/bias")));
  EXPECT_THAT(graph.model.graph.outputs, SizeIs(4));
  EXPECT_THAT(graph.model.graph.initializers.size(), testing::Lt(20U));  // constants only: the weights are inputs
}

// The optimiser takes the factor out again.
TEST(TrainingGraph, TakesGradientsOfTheScaledLoss) {
  const auto gradient = [](const std::string& optimizer) {
    const TrainingGraph graph = training_graph(net("{dense: {units: 1}}"), compile(optimizer));
    return Session(graph.model, {.kernels = &kernels::domain()})
        .run({{graph.data.at(0).name, Tensor::full({1, 10}, 1.0F)},
              {graph.outputs.at(0).targets.name, Tensor::full({1, 1}, 0.0F)},
              {"dense/kernel", Tensor::full({10, 1}, 0.1F)},
              {"dense/bias", Tensor::full({1}, 0.0F)}})
        .at("upkeep/gradient/dense/bias")
        .floats()[0];
  };
  EXPECT_FLOAT_EQ(gradient("sgd"), 2);
  EXPECT_FLOAT_EQ(gradient("sgd:loss_scale_factor=8"), 16);
}

TEST(TrainingGraph, HasRandomInputsInTrainingOnly) {
  const Trainable dropping = net("{dropout: {rate: 0.5}}, {dense: {units: 1}}");
  EXPECT_THAT(training_graph(dropping, compile("sgd")).random, SizeIs(1));
  const TrainingGraph evaluation = evaluation_graph(dropping, compile("sgd"));
  verify(evaluation.model);
  EXPECT_THAT(evaluation.random, IsEmpty());
  EXPECT_THAT(evaluation.gradients, IsEmpty());
}

TEST(TrainingGraph, AsksForALossOfEachOfSeveralOutputs) {
  const Trainable two(build_net("{dense: {units: 1}}, {dense: {units: 1}}", {"dense", "dense_1"}));
  EXPECT_THAT(message_of([&] { training_graph(two, compile("sgd")); }), HasSubstr("2 outputs: dense, dense_1"));
  Compile settings = compile("sgd");
  settings.outputs["dence"] = {};
  EXPECT_THAT(message_of([&] { training_graph(two, settings); }), HasSubstr("dence"));
}

TEST(TrainingGraph, TrainsTheOutputsThatHaveALoss) {
  const Trainable two(build_net("{dense: {units: 1}}, {dense: {units: 3, activation: softmax}}", {"dense", "dense_1"}));
  Compile settings = compile("sgd");
  settings.outputs["dense"] = {.loss = {"mse"}, .loss_weight = 0.25};
  settings.outputs["dense_1"] = {.loss = {"sparse_categorical_crossentropy"}};
  const TrainingGraph graph = training_graph(two, settings);
  verify(graph.model);
  ASSERT_THAT(graph.outputs, SizeIs(2));
  EXPECT_EQ(graph.outputs[0].name, "dense");
  EXPECT_EQ(to_string(graph.outputs[0].targets.type), "float32[batch, 1]");
  EXPECT_EQ(to_string(graph.outputs[1].targets.type), "int64[batch, 1]");
  settings.outputs.erase("dense_1");
  EXPECT_THAT(training_graph(two, settings).outputs, SizeIs(1));
}

TEST(TrainingGraph, HasAnInputForSampleWeightsWhenAsked) {
  const TrainingGraph graph = training_graph(net("{dense: {units: 2}}"), compile("sgd"), SampleWeights::kGiven);
  verify(graph.model);
  ASSERT_TRUE(graph.model.graph.input(graph.sample_weights));
  EXPECT_EQ(to_string(graph.model.graph.input(graph.sample_weights)->type), "float32[batch]");
}

// In Keras's layout each layer ends in a transposition that the next one does not read.
TEST(TrainingGraph, FusesConvolutionsAndTheirActivations) {
  const Architecture layers = architecture_from_yaml(
      "layers: [{input: {shape: [6, 6, 1]}}, {conv2d: {filters: 2, kernel_size: [3, 3], activation: relu}}, {max_pooling2d: {}}, {flatten: "
      "{}}, "
      "{dense: {units: 1}}]");
  const TrainingGraph graph = training_graph(Trainable(build_model(layers, initial_weights(layers, 1))), compile("sgd"));
  const auto count = [&](const char* op) { return std::ranges::count(graph.model.graph.nodes, op, &Node::op); };
  EXPECT_EQ(count("Conv"), 1);
  EXPECT_EQ(count("Relu"), 0);
  EXPECT_EQ(count("ReluGrad"), 0);
}

// As Keras: the mean over the steps that count.
TEST(TrainingGraph, LeavesMaskedStepsOutOfTheLoss) {
  const Trainable masked = net("{reshape: {target_shape: [10, 1]}}, {masking: {}}, {dense: {units: 1}}");
  const TrainingGraph graph = evaluation_graph(masked, compile("sgd"));
  const Tensor x(Shape{1, 10}, std::vector<float>{1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const Tensors made = Session(graph.model, {.kernels = &kernels::domain()})
                           .run({{graph.data.at(0).name, x},
                                 {graph.outputs.at(0).targets.name, Tensor::full(Shape{1, 10, 1}, 0.0F)},
                                 {"dense/kernel", Tensor::full(Shape{1, 1}, 2.0F)},
                                 {"dense/bias", Tensor::full(Shape{1}, 1.0F)}});
  EXPECT_FLOAT_EQ(made.at(graph.loss).floats()[0], 9);  // of all 10 steps, it were 1.8
}

TEST(TrainingGraph, TakesClassIndicesWhereTheLossDoes) {
  const TrainingGraph graph =
      training_graph(net("{dense: {units: 3, activation: softmax}}"), compile("sgd", "sparse_categorical_crossentropy"));
  EXPECT_EQ(to_string(graph.outputs[0].targets.type), "int64[batch, 1]");
}

}  // namespace upkeep
