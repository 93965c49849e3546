#include <gmock/gmock.h>

#include "optimize/rewrites/rewrite_testing.hpp"

namespace upkeep {

namespace {

constexpr const char* kFoldNorm = "fold-batch-normalization";
const std::string kNormHead = "<ir_version: 10, opset_import: [\"\" : 21]> ";
const std::string kNormWeights = "float[4] s = {1.5, -0.5, 2, 0.1}, float[4] b = " + numbers(4, 2) + ", float[4] m = " + numbers(4, 3) +
                                 ", float[4] v = {0.5, 1, 2, 0.01}";

}  // namespace

TEST(FoldBatchNormalization, GoesIntoAConvolution) {
  for (const std::string bias : {"", ", bias"}) {
    const Model after =
        expect_rewritten(kFoldNorm, kNormHead + "g (float[n,2,5,5] x) => (float[n,4,3,3] y) <float[4,1,3,3] w = " + numbers(36) +
                                        ", float[4] bias = " + numbers(4) + ", " + kNormWeights + "> { c = Conv <group = 2> (x, w" + bias +
                                        ") y = BatchNormalization <epsilon = 0.001> (c, s, b, m, v) }");
    ASSERT_EQ(after.graph.nodes.size(), 1U);
    EXPECT_EQ(after.graph.nodes[0].inputs.size(), 3U);
  }
}

TEST(FoldBatchNormalization, GoesIntoAGroupedTransposedConvolution) {
  const Model after =
      expect_rewritten(kFoldNorm, kNormHead + "g (float[n,4,3,3] x) => (float[n,4,4,4] y) <float[4,2,2,2] w = " + numbers(32) + ", " +
                                      kNormWeights + "> { c = ConvTranspose <group = 2> (x, w) y = BatchNormalization (c, s, b, m, v) }");
  EXPECT_EQ(after.graph.nodes.size(), 1U);
}

TEST(FoldBatchNormalization, GoesIntoAGemm) {
  for (const std::string gemm : {"Gemm <alpha = 0.5, beta = 2.0> (x, w, c)", "Gemm <transB = 1> (x, t, c)", "Gemm (x, w)"}) {
    const Model after = expect_rewritten(kFoldNorm, kNormHead + "g (float[n,3] x) => (float[n,4] y) <float[3,4] w = " + numbers(12) +
                                                        ", float[4,3] t = " + numbers(12) + ", float[1,4] c = " + numbers(4) + ", " +
                                                        kNormWeights + "> { a = " + gemm + " y = BatchNormalization (a, s, b, m, v) }");
    EXPECT_EQ(after.graph.nodes.size(), 1U) << gemm;
  }
}

TEST(FoldBatchNormalization, GoesIntoAMatMulAndItsAdd) {
  const std::string head = kNormHead + "g (float[n,3] x) => (float[n,4] y) <float[3,4] w = " + numbers(12) +
                           ", float[4] c = " + numbers(4) + ", " + kNormWeights + "> { ";
  const Model bare = expect_rewritten(kFoldNorm, head + "a = MatMul (x, w) y = BatchNormalization (a, s, b, m, v) }");
  EXPECT_EQ(bare.graph.nodes.size(), 2U);
  EXPECT_EQ(count_of(bare, "Add"), 1U);
  const Model biased = expect_rewritten(kFoldNorm, head + "p = MatMul (x, w) a = Add (c, p) y = BatchNormalization (a, s, b, m, v) }");
  EXPECT_EQ(biased.graph.nodes.size(), 2U);
  expect_unchanged(kFoldNorm, head + "p = MatMul (x, w) y = Add (p, c) }");  // nothing to fold: no Add that becomes another
}

TEST(FoldBatchNormalization, TakesWhatIsLeftOfOne) {
  const Model after =
      expect_rewritten(kFoldNorm, kNormHead + "g (float[n,2,3,3] x) => (float[n,4,3,3] y) <float[4,2,1,1] w = " + numbers(8) +
                                      ", float[1,4,1,1] f = " + numbers(4) + ", float[4,1,1] t = " + numbers(4, 5) + ", float two = {2}" +
                                      "> { c = Conv (x, w) d = Mul (f, c) e = Sub (d, t) y = Div (e, two) }");
  EXPECT_EQ(after.graph.nodes.size(), 1U);
}

TEST(FoldBatchNormalization, KeepsAConvolutionThatSomebodyElseReads) {
  const std::string head = kNormHead + "g (float[n,1,3,3] x) => (float[n,4,3,3] y, float[n,4,3,3] z) <float[4,1,1,1] w = " + numbers(4) +
                           ", " + kNormWeights + "> { ";
  expect_unchanged(kFoldNorm, head + "c = Conv (x, w) y = BatchNormalization (c, s, b, m, v) z = Relu (c) }");
  expect_unchanged(kFoldNorm, head + "z = Conv (x, w) y = BatchNormalization (z, s, b, m, v) }");
}

TEST(FoldBatchNormalization, KeepsOneThatTrainsOrHasNoConstantWeights) {
  const std::string weights = "<float[4,1,1,1] w = " + numbers(4) + ", " + kNormWeights + "> { c = Conv (x, w) ";
  expect_unchanged(kFoldNorm, kNormHead + "g (float[n,1,3,3] x) => (float[n,4,3,3] y) " + weights +
                                  "y, rm, rv = BatchNormalization <training_mode = 1> (c, s, b, m, v) }");
  expect_unchanged(kFoldNorm, kNormHead + "g (float[n,1,3,3] x, float[4] given) => (float[n,4,3,3] y) " + weights +
                                  "y = BatchNormalization (c, given, b, m, v) }");
}

TEST(FoldBatchNormalization, KeepsAFactorThatIsNotOnePerChannel) {
  expect_unchanged(kFoldNorm, kNormHead + "g (float[n,1,4,4] x) => (float[n,4,4,4] y) <float[4,1,1,1] w = " + numbers(4) +
                                  ", float[4] f = " + numbers(4) + "> { c = Conv (x, w) y = Mul (c, f) }");  // along the last axis
  expect_unchanged(kFoldNorm, kNormHead + "g (float[n,1,4,4] x) => (float[n,4,4,4] y) <float[4,1,1,1] w = " + numbers(4) +
                                  ", float one = {1}> { c = Conv (x, w) y = Div (one, c) }");
}

}  // namespace upkeep
