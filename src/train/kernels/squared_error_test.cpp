#include "runtime/session.hpp"
#include "train/gradients/gradient.hpp"
#include "train/kernels/kernel_test.hpp"

namespace upkeep::kernels {
namespace {

TEST(SquaredError, MatchesItsExpansion) {
  for (const Shape& shape : {Shape{1}, Shape{7, 3}, Shape{4, 2, 5}, Shape{300, 200}}) {
    SCOPED_TRACE(to_string(shape));
    EXPECT_KERNEL_MATCHES_EXPANSION("MeanSquaredError", {numbers(shape), numbers(shape, 2)});
    const std::vector<OptionalTensor> inputs = {numbers(shape), numbers(shape, 2), numbers({}, 3)};
    EXPECT_KERNEL_MATCHES_EXPANSION("MeanSquaredErrorGrad", inputs);
    EXPECT_KERNEL_MATCHES_EXPANSION("MeanSquaredErrorGrad", inputs, {.wanted = {false, true}});
  }
}

// mean((x - t)^2), differentiated with and without kernels.
Model squared_error_model(const Shape& shape, const Shape& targets, gradients::Form form) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat32, Dims(shape.begin(), shape.end()));
  const Value t = ops.input("t", DType::kFloat32, Dims(targets.begin(), targets.end()));
  const Value difference = ops.sub(x, t);
  const Value loss = ops.reduce_mean(ops.mul(difference, difference), {});
  if (form == gradients::Form::kKernels) fuse(ops, {loss});
  const std::vector<Value> found = gradients::differentiate(ops, loss, {x, t}, {}, form);
  ops.output(loss, "loss");
  ops.output(found[0], "dx");
  ops.output(found[1], "dt");
  return model;
}

TEST(SquaredError, StandsForTheLossAndItsGradient) {
  const Model fused = squared_error_model({4, 3}, {4, 3}, gradients::Form::kKernels);
  ASSERT_EQ(fused.graph.nodes.size(), 2U);
  EXPECT_EQ(fused.graph.nodes[0].op, "MeanSquaredError");
  const Tensors feeds = {{"x", numbers({4, 3})}, {"t", numbers({4, 3}, 2)}};
  const Tensors got = Session(fused, {.kernels = &domain()}).run(feeds);
  for (const auto& [name, wanted] : Session(squared_error_model({4, 3}, {4, 3}, gradients::Form::kStandard)).run(feeds))
    EXPECT_TRUE(near(got.at(name), wanted, 1e-6)) << name;
}

TEST(SquaredError, LeavesOneAloneThatIsBroadcast) {
  for (const Node& node : squared_error_model({4, 3}, {4, 1}, gradients::Form::kKernels).graph.nodes) EXPECT_EQ(node.domain, "");
}

}  // namespace
}  // namespace upkeep::kernels
