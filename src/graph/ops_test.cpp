#include "graph/ops.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Ops, InferTypesAndShapesAsTheyGo) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"batch", 3});
  const Value w = ops.initializer("w", Tensor::full(Shape{3, 4}, 0.5f));
  const Value y = ops.matmul(x, w);
  EXPECT_EQ(y.dtype(), DType::kFloat32);
  EXPECT_EQ(y.dims(), (Dims{"batch", 4}));
  EXPECT_EQ(ops.reduce_sum(y, {1}).dims(), (Dims{"batch"}));
  EXPECT_EQ(ops.transpose(y, {1, 0}).dims(), (Dims{4, "batch"}));
}

TEST(Ops, SeeThroughShapeArithmetic) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"batch", 4, 5});
  EXPECT_EQ(ops.reshape(x, {-1, 20}).dims(), (Dims{"batch", 20}));
  EXPECT_EQ(ops.expand(ops.constant(0.0f), ops.shape(x)).dims(), (Dims{"batch", 4, 5}));
}

// The reshaped value's dimensions are data of the graph; how many they are is not.
TEST(Ops, KnowARankWhereTheShapeIsNotKnown) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"batch", 4});
  const Value shape = ops.input("shape", DType::kInt64, {3});
  EXPECT_EQ(ops.reshape(x, shape).rank(), 3u);
  EXPECT_EQ(ops.expand(x, shape).rank(), 3u);
  EXPECT_EQ(ops.node("ConstantOfShape", {shape}).rank(), 3u);
  const Value unknown = ops.reshape(x, ops.input("any_shape", DType::kInt64, {"n"}));
  EXPECT_FALSE(unknown.rank_known());
  EXPECT_EQ(ops.reduce_sum(unknown, {}).dims(), Dims{});
  EXPECT_FALSE(ops.reduce_sum(unknown, {}, true).rank_known());
  const Value axes = ops.input("axes", DType::kInt64, {"n"});
  EXPECT_EQ(ops.node("ReduceSum", {x, axes}).rank(), 2u);
  EXPECT_FALSE(ops.node("ReduceSum", {x, axes}, {{"keepdims", std::int64_t{0}, {}}}).rank_known());
}

TEST(Ops, GiveFreshNamesThatNeverCollide) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("Relu", DType::kFloat32, {2});
  const Value a = ops.relu(x);
  const Value b = ops.relu(a);
  EXPECT_NE(a.name(), x.name());
  EXPECT_NE(b.name(), a.name());
  const auto scope = ops.scope("dense_1/");
  EXPECT_THAT(ops.relu(b).name(), HasSubstr("dense_1/"));
}

TEST(Ops, ShareEqualConstants) {
  Model model;
  Ops ops(model);
  EXPECT_EQ(ops.constant(1.0f).name(), ops.constant(1.0f).name());
  EXPECT_NE(ops.constant(1.0f).name(), ops.constant(1.0f, DType::kFloat64).name());
  EXPECT_EQ(model.graph.initializers.size(), 2u);
}

TEST(Ops, NameOutputsByRenamingTheirProducer) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {2});
  const Value y = ops.relu(x);
  ops.output(y, "answer");
  EXPECT_EQ(y.name(), "answer");
  ASSERT_EQ(model.graph.nodes.size(), 1u);
  EXPECT_THAT(model.graph.nodes[0].outputs, ElementsAre("answer"));
  ops.output(y, "again");
  EXPECT_EQ(model.graph.nodes.back().op, "Identity");
}

TEST(Ops, SayWhichShapesDoNotFit) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {2, 3});
  const Value y = ops.input("y", DType::kFloat32, {4, 5});
  EXPECT_THAT(message_of([&] { ops.matmul(x, y); }), HasSubstr("\"x\" float32[2, 3], \"y\" float32[4, 5]"));
  EXPECT_TRUE(model.graph.nodes.empty());
}

TEST(Ops, KnowTheRankOfAConvolutionWhoseSizesOnlyARunKnows) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"n", "c", "h", "w"});
  const Value w = ops.input("w", DType::kFloat32, {"m", "k", "i", "j"});
  const Value y = ops.node("Conv", {x, w});
  ASSERT_EQ(y.rank(), 4u);
  EXPECT_EQ(y.dims()[0], Dim("n"));
  EXPECT_NE(y.dims()[2], x.dims()[2]);
}

TEST(Ops, TakeTheAxesOfAMeanAsOlderOperatorSetsDo) {
  Model model;
  model.opsets[""] = 13;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {2, 3});
  EXPECT_EQ(ops.reduce_mean(x, {1}).dims(), (Dims{2}));
  EXPECT_EQ(ops.reduce_sum(x, {1}).dims(), (Dims{2}));
}

TEST(Ops, SayWhenThereIsNoSuchOperator) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {2});
  EXPECT_THAT(message_of([&] { ops.node("Rleu", {x}); }), HasSubstr("no operator \"Rleu\""));
}

TEST(Ops, GoOnInAnExistingGraph) {
  Model model;
  {
    Ops ops(model);
    ops.output(ops.relu(ops.input("x", DType::kFloat32, {"n", 2})), "y");
  }
  Ops ops(model);
  EXPECT_EQ(ops.existing("y").dims(), (Dims{"n", 2}));
  EXPECT_THROW(ops.existing("z"), Error);
  EXPECT_THROW(ops.input("x", DType::kFloat32, {}), Error);
}

}  // namespace
}  // namespace upkeep
