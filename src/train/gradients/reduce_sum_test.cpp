#include <gmock/gmock.h>

#include "runtime/session.hpp"
#include "train/gradients/finite_differences_test.hpp"

namespace upkeep::gradients {
namespace {

using testing::Each;

TEST(ReduceSumGradient, MatchesFiniteDifferences) { expect_reduction_gradients("ReduceSum", random_tensor({2, 3, 2})); }

TEST(ReduceMeanGradient, MatchesFiniteDifferences) { expect_reduction_gradients("ReduceMean", random_tensor({2, 3, 2})); }

TEST(ReduceSumGradient, MatchesFiniteDifferencesForScalarsAndEmptyTensors) {
  for (const char* op : {"ReduceSum", "ReduceMean"}) EXPECT_GRADIENT(op, {random_tensor({})});
  EXPECT_GRADIENT("ReduceSum", {random_tensor({0, 3}), ints({0})});
}

// The last batch of an epoch is smaller: what a mean divides by is read from the data.
TEST(ReduceMeanGradient, DividesByTheSizeThatComes) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {"batch", 2});
  ops.output(differentiate(ops, ops.reduce_mean(x, {}), {x})[0], "gradient");
  const Session session(model);
  for (const std::int64_t batch : {1, 4, 32}) {
    const Tensors made = session.run({{"x", Tensor::full(Shape{batch, 2}, 1.0f)}});
    EXPECT_THAT(made.at("gradient").floats(), Each(1.0f / (2.0f * static_cast<float>(batch))));
  }
}

TEST(ReduceMeanGradient, IsAConstantWhenTheSizeIsKnown) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, {4, 2});
  differentiate(ops, ops.reduce_mean(ops.mul(x, x), {}), {x});
  EXPECT_EQ(model.graph.nodes.size(), 3u);  // Mul, ReduceMean; Mul by 2/8
}

}  // namespace
}  // namespace upkeep::gradients
