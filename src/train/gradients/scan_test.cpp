#include <gmock/gmock.h>

#include "graph/onnx.hpp"
#include "graph/subgraph.hpp"
#include "train/gradients/finite_differences_test.hpp"
#include "train/gradients/whole_model_test.hpp"

namespace upkeep::gradients {
namespace {

TEST(ScanGradient, GoesBackThroughStatesPartsAndCapturedValues) {
  const Model model = double_model(R"(
    g (double[2] h, double[t, 2] x, double[2, 2] w) => (double[2] last, double[t, 2] all) {
      last, all = Scan <num_scan_inputs = 1, body = b (double[2] before, double[2] part) => (double[2] after, double[2] shown) {
        product = MatMul (before, w)
        sum = Add (product, part)
        after = Tanh (sum)
        shown = Mul (after, after)
      }> (h, x)
    })");
  for (const std::int64_t steps : {1, 4})
    EXPECT_MODEL_GRADIENTS(
        model, {{"h", random_tensor({2})}, {"x", random_tensor({steps, 2}, {.seed = 2})}, {"w", random_tensor({2, 2}, {.seed = 3})}});
}

constexpr const char* kEverything = R"(
  g (double[2] a, double[2] b, double[3, t] x, double[t, 2] y, double[2] w) => (double[2] p, double[2] q, double[2, t] r, double[t, 3] s) {
    p, q, r, s = Scan <num_scan_inputs = 2, scan_input_axes = [1, 0], scan_input_directions = [1, 0], scan_output_axes = [1, 0],
                       scan_output_directions = [0, 1],
                       body = f (double[2] a0, double[2] b0, double[3] xt, double[2] yt) => (double[2] a1, double[2] b1, double[2] rt, double[3] st) {
        m = Mul (a0, b0)
        n = Mul (m, w)
        a1 = Add (n, yt)
        b1 = Sin (a0)
        mean = ReduceSum <keepdims = 0> (xt)
        rt = Mul (a1, mean)
        st = Mul (xt, xt)
      }> (a, b, x, y)
  })";

Tensors everything() {
  return {{"a", random_tensor({2})},
          {"b", random_tensor({2}, {.seed = 2})},
          {"x", random_tensor({3, 4}, {.seed = 3})},
          {"y", random_tensor({4, 2}, {.seed = 4})},
          {"w", random_tensor({2}, {.seed = 5})}};
}

TEST(ScanGradient, KnowsAxesAndDirections) { EXPECT_MODEL_GRADIENTS(double_model(kEverything), everything()); }

TEST(ScanGradient, HasAGradientItself) { EXPECT_MODEL_GRADIENTS(gradients_alone(double_model(kEverything), everything()), everything()); }

// The state is only replaced, never read: a gradient arrives at the last step and goes no further.
TEST(ScanGradient, StopsWhereAStateIsForgotten) {
  const Model model = double_model(R"(
    g (double[2] h, double[t, 2] x) => (double[2] last) {
      last = Scan <num_scan_inputs = 1, body = b (double[2] before, double[2] part) => (double[2] after) { after = Mul (part, part) }> (h, x)
    })");
  EXPECT_MODEL_GRADIENTS(model, {{"h", random_tensor({2})}, {"x", random_tensor({3, 2}, {.seed = 2})}});
}

// Linear in everything: nothing has to be stored, yet the way back has as many steps.
TEST(ScanGradient, WorksWhereNothingIsStored) {
  const Model model = double_model(R"(
    g (double[2] h, double[t, 2] x) => (double[2] last) {
      last = Scan <num_scan_inputs = 1, body = b (double[2] before, double[2] part) => (double[2] after) { after = Add (before, part) }> (h, x)
    })");
  EXPECT_MODEL_GRADIENTS(model, {{"h", random_tensor({2})}, {"x", random_tensor({3, 2}, {.seed = 2})}});
  Model made = with_gradients(model, {{"h", random_tensor({2})}, {"x", random_tensor({3, 2}, {.seed = 2})}});
  EXPECT_EQ(made.graph.nodes[0].outputs.size(), 1U);
}

TEST(ScanGradient, GoesThroughScansInScans) {
  const Model model = double_model(R"(
    g (double[2] h, double[t, k, 2] x, double[2] w) => (double[2] last, double[t, k, 2] all) {
      last, all = Scan <num_scan_inputs = 1, body = outer (double[2] h0, double[k, 2] rows) => (double[2] h1, double[k, 2] shown) {
        scale = Sin (w)
        h1, shown = Scan <num_scan_inputs = 1, body = inner (double[2] g0, double[2] row) => (double[2] g1, double[2] s) {
          product = Mul (g0, scale)
          sum = Add (product, row)
          g1 = Tanh (sum)
          s = Mul (g1, h0)
        }> (h0, rows)
      }> (h, x)
    })");
  EXPECT_MODEL_GRADIENTS(model,
                         {{"h", random_tensor({2})}, {"x", random_tensor({3, 2, 2}, {.seed = 2})}, {"w", random_tensor({2}, {.seed = 3})}});
}

TEST(ScanGradient, GoesThroughAnIfInItsBody) {
  const Model model = double_model(R"(
    g (double[2] h, double[t, 2] x, double[2] w) => (double[2] last) {
      zero = Constant <value = double {0.0}> ()
      last = Scan <num_scan_inputs = 1, body = b (double[2] before, double[2] part) => (double[2] after) {
        sum = ReduceSum <keepdims = 0> (part)
        positive = Greater (sum, zero)
        after = If (positive) <
          then_branch = p () => (double[2] up) { up0 = Mul (before, w) up = Add (up0, part) },
          else_branch = q () => (double[2] down) { down = Sin (before) }>
      }> (h, x)
    })");
  EXPECT_MODEL_GRADIENTS(
      model, {{"h", random_tensor({2})}, {"x", random_tensor({5, 2}, {.gap = 0.1, .seed = 2})}, {"w", random_tensor({2}, {.seed = 3})}});
}

// Random numbers are drawn once: the way back reads those of the way there.
TEST(ScanGradient, StoresRandomNumbers) {
  Model model = double_model(R"(
    g (double[2] h, double[t, 2] x) => (double[2] last, double[t, 2] noise) {
      last, noise = Scan <num_scan_inputs = 1, body = b (double[2] before, double[2] part) => (double[2] after, double[2] r) {
        r = RandomNormalLike (part)
        product = Mul (part, r)
        after = Add (before, product)
      }> (h, x)
    })");
  std::erase_if(model.graph.outputs, [](const ValueInfo& output) { return output.name == "noise"; });
  Ops ops(model);
  ops.output(differentiate(ops, {{ops.existing("last"), ops.constant(Tensor::scalar(1.0))}}, {ops.existing("x")})[0], "grad_x");
  int random = 0;
  for (const Node& node : model.graph.nodes)
    for (const GraphPtr& body : subgraphs(node))
      for (const Node& inner : body->nodes) random += inner.op == "RandomNormalLike" ? 1 : 0;
  EXPECT_EQ(random, 1);
}

}  // namespace
}  // namespace upkeep::gradients
