#include "train/training_graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train/testing.hpp"

namespace upkeep {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

namespace {

Architecture net(const std::string& layers) { return architecture_from_yaml("layers: [{input: {shape: [10]}}, " + layers + "]"); }

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

TEST(TrainingGraph, HasRandomInputsInTrainingOnly) {
  const Architecture dropping = net("{dropout: {rate: 0.5}}, {dense: {units: 1}}");
  EXPECT_THAT(training_graph(dropping, compile("sgd")).random, SizeIs(1));
  const TrainingGraph evaluation = evaluation_graph(dropping, compile("sgd"));
  verify(evaluation.model);
  EXPECT_THAT(evaluation.random, IsEmpty());
  EXPECT_THAT(evaluation.gradients, IsEmpty());
}

TEST(TrainingGraph, NeedsOneOutput) {
  Architecture two = net("{dense: {units: 1}}, {dense: {units: 1}}");
  two.outputs = {"dense", "dense_1"};
  EXPECT_THAT(message_of([&] { training_graph(two, compile("sgd")); }), HasSubstr("2 outputs"));
}

TEST(TrainingGraph, TakesClassIndicesWhereTheLossDoes) {
  const TrainingGraph graph =
      training_graph(net("{dense: {units: 3, activation: softmax}}"), compile("sgd", "sparse_categorical_crossentropy"));
  EXPECT_EQ(to_string(graph.targets.type), "int64[batch, 1]");
}

}  // namespace upkeep
