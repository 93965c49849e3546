#include "train/trainable.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train/testing.hpp"

namespace upkeep {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;

namespace {

// No layer is a sine: a graph that is trained as it is.
Model foreign(const std::string& more = "") {
  return model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N, 2] x) => (float[N, 2] y)
      <float[2, 2] w = {1, 2, 3, 4}, float[2] b = {0, 1}, float half = {0.5}> {
      a = MatMul(x, w)
      c = Add(a, b)
      d = Sin(c)
      e = Mul(d, half))" +
                         more + "\n}");
}

std::vector<std::string> names(const Trainable& trainable) {
  std::vector<std::string> all;
  for (const NamedWeight& weight : trainable.weights()) all.push_back(weight.name + (weight.spec.trainable ? "" : " (fixed)"));
  return all;
}

}  // namespace

TEST(Trainable, SeesLayersWhereThereAreSome) {
  const Trainable layered(problem().model);
  EXPECT_TRUE(layered.layered());
  EXPECT_THAT(names(layered), ElementsAre("dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"));
  EXPECT_THAT(layered.multipliers(), Each(1.0));
}

TEST(Trainable, TrainsFloatInitializersOfAForeignGraphButNoScalars) {
  const Trainable graph(foreign("\n y = Identity(e)"));
  EXPECT_FALSE(graph.layered());
  EXPECT_THAT(names(graph), ElementsAre("w", "b"));
  EXPECT_THAT(graph.values(), SizeIs(2));
  const Forward forward = graph.forward(Phase::kTraining);
  EXPECT_THAT(forward.data, ElementsAre("x"));
  EXPECT_THAT(forward.outputs, ElementsAre(Pair("y", "y")));
}

TEST(Trainable, MovesTheStatisticsOfAForeignBatchNormalizationInTraining) {
  const Trainable graph(model_from_text(R"(
    <ir_version: 8, opset_import: ["": 17]>
    g (float[N, 2] x) => (float[N, 2] y)
      <float[2] scale = {1, 1}, float[2] offset = {0, 1}, float[2] mean = {0, 0}, float[2] variance = {1, 1}> {
      n = BatchNormalization(x, scale, offset, mean, variance)
      y = Sin(n)
    })"));
  EXPECT_THAT(names(graph), ElementsAre("scale", "offset", "mean (fixed)", "variance (fixed)"));
  const Forward forward = graph.forward(Phase::kTraining);
  EXPECT_THAT(forward.updates, ElementsAre(Pair("mean", "n/moving_mean"), Pair("variance", "n/moving_variance")));
  EXPECT_THAT(graph.forward(Phase::kEvaluation).updates, SizeIs(0));
}

TEST(Trainable, DropsWhereAForeignGraphHasDropoutInTrainingOnly) {
  const Trainable graph(foreign("\n r = Constant <value = float {0.25}> ()\n y = Dropout(e, r)"));
  const Forward training = graph.forward(Phase::kTraining);
  EXPECT_THAT(training.random, ElementsAre(Pair("y/random", testing::_)));
  EXPECT_TRUE(training.model.graph.producer("y"));
  EXPECT_THAT(graph.forward(Phase::kEvaluation).random, SizeIs(0));
}

TEST(Trainable, FreezesByPattern) {
  const Trainable frozen(problem().model, {{"dense", 0}, {"*/bias", 0.1}});
  EXPECT_THAT(names(frozen), ElementsAre("dense/kernel (fixed)", "dense/bias (fixed)", "dense_1/kernel", "dense_1/bias"));
  EXPECT_THAT(frozen.multipliers(), ElementsAre(0, 0, 1, testing::DoubleEq(0.1)));
  EXPECT_THAT(message_of([] { Trainable(problem().model, {{"dence/*", 0}}); }), AllOf(HasSubstr("dence/*"), HasSubstr("dense/kernel")));
}

TEST(Trainable, KnowsAModelThatDiffersInItsWeightsOnly) {
  const Problem one = problem();
  Problem other = problem();
  *other.model.graph.initializer("dense/bias") = Tensor::full({10}, 3.0F);
  EXPECT_EQ(Trainable(one.model).identity(), Trainable(other.model).identity());
  EXPECT_NE(Trainable(one.model).identity(), Trainable(problem("activation: tanh").model).identity());
  Model graph = foreign("\n y = Identity(e)");
  const Json before = Trainable(graph).identity();
  *graph.graph.initializer("w") = Tensor::full({2, 2}, 7.0F);
  EXPECT_EQ(Trainable(graph).identity(), before);
  *graph.graph.initializer("half") = Tensor::scalar(0.25F);
  EXPECT_NE(Trainable(graph).identity(), before);
}

TEST(Trainable, TrainsASettingOfAForeignGraphWhereItIsAskedFor) {
  const Model model = model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N, 2] x) => (float[N, 2] y) <int8[2] q = {1, 2}, float[2] q_scale = {0.1, 0.2}, float[2] b = {0, 1}> {
      w = DequantizeLinear <axis = 0> (q, q_scale)
      a = Mul (x, w)
      c = Add (a, b)
      y = Sin (c)
    })");
  EXPECT_THAT(names(Trainable(model)), ElementsAre("b"));
  EXPECT_THAT(names(Trainable(model, {{"q_scale", 1}})), ElementsAre("q_scale", "b"));
  EXPECT_THAT(names(Trainable(model, {{"*_scale", 0.5}})), ElementsAre("q_scale", "b"));
  EXPECT_THAT(names(Trainable(model, {{"*", 0.5}})), ElementsAre("b"));
}

TEST(Trainable, SaysWhereAGraphHasNoWeight) {
  const Trainable integers(model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N, 2] x) => (float[N, 2] y) <int8[2] q = {1, 2}, float[2] q_scale = {0.1, 0.2}> {
      w = DequantizeLinear <axis = 0> (q, q_scale)
      a = Mul (x, w)
      y = Sin (a)
    })"));
  EXPECT_THAT(message_of([&] { integers.expect_weights(); }), AllOf(HasSubstr("no float weights"), HasSubstr("--rates q_scale=1")));
  EXPECT_NO_THROW(Trainable(foreign("\n y = Identity(e)")).expect_weights());
}

}  // namespace upkeep
