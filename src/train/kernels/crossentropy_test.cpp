#include <algorithm>

#include "runtime/session.hpp"
#include "train/kernels/kernel_test.hpp"
#include "train/losses/loss.hpp"

namespace upkeep::kernels {
namespace {

TEST(CrossentropyKernel, MatchesItsExpansion) {
  for (const Shape& shape : {Shape{5, 10}, Shape{3, 1}, Shape{2, 3, 7}, Shape{70, 300}}) {
    SCOPED_TRACE(to_string(shape));
    const Shape rows(shape.begin(), shape.end() - 1);
    const Tensor x = numbers(shape, 1, -6, 6);
    const Tensor dense = numbers(shape, 2, 0, 1);
    const Tensor classes = indices(rows, shape.back());
    EXPECT_KERNEL_MATCHES_EXPANSION("Crossentropy", {x, dense}, {.tolerance = 3e-6});
    EXPECT_KERNEL_MATCHES_EXPANSION("SparseCrossentropy", {x, classes}, {.tolerance = 3e-6});
    EXPECT_KERNEL_MATCHES_EXPANSION("CrossentropyGrad", {x, dense, numbers(rows, 3, 5, 6), numbers(rows, 4)}, {.tolerance = 3e-6});
    EXPECT_KERNEL_MATCHES_EXPANSION("SparseCrossentropyGrad", {x, classes, numbers(rows, 3, 5, 6), numbers(rows, 4)}, {.tolerance = 3e-6});
  }
}

TEST(CrossentropyKernel, AnIndexThatIsNoClassHasLossZero) {
  const Tensor outside({3}, std::vector<std::int64_t>{-1, 4, 9});
  EXPECT_KERNEL_MATCHES_EXPANSION("SparseCrossentropy", {numbers({3, 4}), outside}, {.tolerance = 3e-6});
  EXPECT_KERNEL_MATCHES_EXPANSION("SparseCrossentropyGrad", {numbers({3, 4}), outside, numbers({3}, 2, 1, 2), numbers({3}, 3)},
                                  {.tolerance = 3e-6});
}

TEST(CrossentropyKernel, LargeLogitsDoNotOverflow) {
  const Tensor x({1, 3}, std::vector<float>{1000, 990, -1000});
  EXPECT_KERNEL_MATCHES_EXPANSION("SparseCrossentropy", {x, Tensor({1}, std::vector<std::int64_t>{1})}, {.tolerance = 1e-6});
}

// The losses of this floor, with class indices and with vectors, come out as one operator and give the same gradient.
TEST(CrossentropyKernel, StandsForTheCrossentropiesOfTheLosses) {
  for (const bool sparse : {true, false}) {
    const std::string loss = sparse ? "sparse_categorical_crossentropy" : "categorical_crossentropy";
    SCOPED_TRACE(loss);
    const auto build = [&](gradients::Form form) {
      Model model;
      Ops ops(model);
      const Value x = ops.input("x", DType::kFloat32, {"batch", 5});
      const Value t = sparse ? ops.input("t", DType::kInt64, {"batch", 1}) : ops.input("t", DType::kFloat32, {"batch", 5});
      const Value total = losses::mean_loss(ops, parse_named(loss), ops.softmax(x, -1), t);
      if (form == gradients::Form::kKernels) fuse(ops, {total});
      ops.output(gradients::differentiate(ops, total, {x}, {}, form)[0], "dx");
      ops.output(total, "loss");
      return model;
    };
    const Model fused = build(gradients::Form::kKernels);
    EXPECT_EQ(std::ranges::count(fused.graph.nodes, sparse ? "SparseCrossentropy" : "Crossentropy", &Node::op), 1);
    EXPECT_EQ(std::ranges::count(fused.graph.nodes, "LogSoftmax", &Node::op), 0);
    const Tensors feeds = {{"x", numbers({4, 5})},
                           {"t", sparse ? Tensor({4, 1}, std::vector<std::int64_t>{0, 4, 2, 2}) : numbers({4, 5}, 2, 0, 1)}};
    const Tensors got = Session(fused, {.threads = 1, .kernels = &domain()}).run(feeds);
    const Tensors wanted = Session(build(gradients::Form::kStandard), {.threads = 1}).run(feeds);
    EXPECT_NEAR(got.at("loss").floats()[0], wanted.at("loss").floats()[0], 1e-6);
    for (std::size_t i = 0; i < 20; ++i) EXPECT_NEAR(got.at("dx").floats()[i], wanted.at("dx").floats()[i], 1e-6);
  }
}

}  // namespace
}  // namespace upkeep::kernels
