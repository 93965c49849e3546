#include "train/graph_weights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/onnx.hpp"

namespace upkeep {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(GraphWeights, AreWhatAnOperatorComputesWith) {
  const GraphWeights found = graph_weights(model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N, 2] x) => (float[N, 2] y)
      <float[2, 2] kernel = {1, 2, 3, 4}, float[2] bias = {0, 1}, float scalar = {2}, float[2] left_over = {1, 1}, int64[1] one = {1}> {
      t = Transpose (kernel)
      a = MatMul (x, t)
      b = Add (a, bias)
      y = Mul (b, scalar)
    })")
                                               .graph);
  EXPECT_THAT(found.weights, ElementsAre("kernel", "bias"));
  EXPECT_THAT(found.settings, IsEmpty());
}

TEST(GraphWeights, ScalesOfAQuantisationAreSettings) {
  const GraphWeights found = graph_weights(model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N, 2] x) => (float[N, 2] y)
      <int8[2, 2] q = {1, 2, 3, 4}, float[2] scale = {0.1, 0.2}, float[1, 2] row = {0.1, 0.2}, float[2] bias = {0, 1}> {
      flat = Squeeze (row)
      w = DequantizeLinear <axis = 1> (q, scale)
      a = MatMul (x, w)
      b = Add (a, bias)
      i = QuantizeLinear <axis = 1> (b, flat)
      y = DequantizeLinear <axis = 1> (i, flat)
    })")
                                               .graph);
  EXPECT_THAT(found.weights, ElementsAre("bias"));
  EXPECT_THAT(found.settings, ElementsAre("scale", "row"));
}

TEST(GraphWeights, BoundsThresholdsAndScalesOfAResizeAreSettings) {
  const GraphWeights found = graph_weights(model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[1, 1, 4, 4] x) => (float[1, 1, 8, 8] y)
      <float[4] scales = {1, 1, 2, 2}, float[1] threshold = {0.5}, float[1] both = {0.5}> {
      r = Resize <mode = "nearest"> (x, , scales)
      c = Greater (r, threshold)
      d = Less (r, both)
      e = And (c, d)
      f = Mul (r, both)
      y = Where (e, r, f)
    })")
                                               .graph);
  EXPECT_THAT(found.weights, ElementsAre("both"));
  EXPECT_THAT(found.settings, ElementsAre("scales", "threshold"));
}

TEST(GraphWeights, ThatABranchReadsAreWeights) {
  const GraphWeights found = graph_weights(model_from_text(R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[2] x, bool c) => (float[2] y) <float[2] w = {1, 2}, float[2] z = {3, 4}> {
      y = If (c) <then_branch = a () => (float[2] p) { p = Mul (x, w) }, else_branch = b () => (float[2] q) { q = Identity (z) }>
    })")
                                               .graph);
  EXPECT_THAT(found.weights, ElementsAre("w", "z"));
}

TEST(GraphWeights, StatisticsOfANormalisationAreKnown) {
  const GraphWeights found = graph_weights(model_from_text(R"(<ir_version: 8, opset_import: ["": 17]>
    g (float[N, 2] x) => (float[N, 2] y) <float[2] s = {1, 1}, float[2] b = {0, 1}, float[2] m = {0, 0}, float[2] v = {1, 1}> {
      y = BatchNormalization (x, s, b, m, v)
    })")
                                               .graph);
  EXPECT_THAT(found.weights, ElementsAre("s", "b", "m", "v"));
  EXPECT_THAT(found.statistics, ElementsAre("m", "v"));
}

}  // namespace upkeep
