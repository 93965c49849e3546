#include <gmock/gmock.h>

#include "optimize/rewrites/rewrite_testing.hpp"

namespace upkeep {

namespace {

constexpr const char* kDropDead = "drop-dead-channels";
const std::string kModelHead = "<ir_version: 10, opset_import: [\"\" : 21]> ";

Shape shape_in(const Model& model, const std::string& name) { return model.graph.initializer(name)->shape(); }

}  // namespace

TEST(DropDeadChannels, AConstantGoesIntoTheBiasBehind) {
  const Model after = expect_rewritten(kDropDead, kModelHead + R"(g (float[n,2] x) => (float[n,2] y)
    <float[2, 3] w = {1, 0, 2, 3, 0, -1}, float[3] b = {0.1, 0.7, 0.2}, float[3, 2] v = {1, 2, 3, 4, 5, 6}, float[2] c = {0.5, -0.5}> {
      h = Gemm(x, w, b)
      r = Relu(h)
      y = Gemm(r, v, c)
    })");
  EXPECT_EQ(shape_in(after, "w"), (Shape{2, 2}));
  EXPECT_FLOAT_EQ(after.graph.initializer("c")->floats()[0], 0.5F + 3 * 0.7F);
}

TEST(DropDeadChannels, WhatIsMultipliedByZeroGoes) {
  const Model after = expect_rewritten(kDropDead, kModelHead + R"(g (float[n,2] x) => (float[n,2] y)
    <float[2, 3] w = {1, 5, 2, 3, 6, -1}, float[3, 2] v = {1, 2, 0, 0, 5, 6}> {
      h = MatMul(x, w)
      r = Sigmoid(h)
      y = MatMul(r, v)
    })");
  EXPECT_EQ(shape_in(after, "v"), (Shape{2, 2}));
}

TEST(DropDeadChannels, ThroughNormalisationsFlattenAndBranches) {
  // Filter 1: scale zero, offset 0.5. Filter 2 is read by nobody behind the Slice.
  const Model after = expect_rewritten(
      kDropDead, kModelHead + R"(g (float[n,1,4,4] x) => (float[n,2] y)
    <float[3, 1, 3, 3] k = )" +
                     numbers(27) +
                     R"(, float[3] s = {1, 0, 2}, float[3] o = {0.1, 0.5, 0.3}, float[3] m = {0, 1, 2}, float[3] v = {1, 1, 1},
     int64[1] zero = {0}, int64[1] two = {2}, int64[1] one = {1}, float[8, 2] w = )" +
                     numbers(16, 2) + R"(, float[2] c = {1, 2}> {
      a = Conv(x, k)
      b = BatchNormalization(a, s, o, m, v)
      r = Relu(b)
      t = Slice(r, zero, two, one)
      f = Flatten(t)
      y = Gemm(f, w, c)
    })");
  EXPECT_EQ(shape_in(after, "k"), (Shape{1, 1, 3, 3}));
  EXPECT_EQ(shape_in(after, "w"), (Shape{4, 2}));
}

TEST(DropDeadChannels, ThroughTheLargestOfEachChannel) {
  const Model after = expect_rewritten(kDropDead, kModelHead + R"(g (float[n,1,4,4] x) => (float[n,2] y)
    <float[2, 1, 1, 1] w = {1, 0}, float[2] b = {0.5, 3}, int64[2] axes = {2, 3}, float[2, 2] v = {1, 2, 3, 4}, float[2] c = {0, 1}>
    { h = Conv(x, w, b)  k = ReduceMax<keepdims = 0>(h, axes)  y = Gemm(k, v, c) })");
  EXPECT_EQ(after.graph.initializer("w")->shape(), (Shape{1, 1, 1, 1}));
}

TEST(DropDeadChannels, BordersAndMissingBiasesKeepThem) {
  for (const std::string conv : {"Conv<pads = [1, 1, 1, 1]>(r, v, c)", "Conv(r, v)"})
    expect_unchanged(kDropDead, kModelHead + R"(g (float[n,1,4,4] x) => (float[n,1,h,w] y)
      <float[2, 1, 1, 1] k = {1, 0}, float[2] b = {0.5, 0.7}, float[1, 2, 3, 3] v = )" +
                                    numbers(18) + ", float[1] c = {1}> { a = Conv(x, k, b) r = Relu(a) y = " + conv + " }");
  // The same with a constant of zero: it goes.
  expect_rewritten(kDropDead, kModelHead + R"(g (float[n,1,4,4] x) => (float[n,1,h,w] y)
      <float[2, 1, 1, 1] k = {1, 0}, float[2] b = {0.5, -0.7}, float[1, 2, 3, 3] v = )" +
                                  numbers(18) + "> { a = Conv(x, k, b) r = Relu(a) y = Conv<pads = [1, 1, 1, 1]>(r, v) }");
}

TEST(DropDeadChannels, ANormalizationTakesInWhatASumWithoutBiasLoses) {
  // Zero before the depthwise convolution, 0.5 behind it by its bias.
  const Model after =
      expect_rewritten(kDropDead, kModelHead + R"(g (float[n,1,4,4] x) => (float[n,2,2,2] y)
    <float[3, 1, 1, 1] k = {1, 0, 2}, float[3, 1, 3, 3] d = )" +
                                      numbers(27) + R"(, float[3] e = {0.1, 0.5, -0.2}, float[2, 3, 1, 1] v = )" + numbers(6, 2) +
                                      R"(, float[2] s = {1, 2}, float[2] o = {0.1, 0.2}, float[2] m = {0, 1}, float[2] a = {1, 0.5}> {
      h = Conv(x, k)
      r = Relu(h)
      t = Conv<group = 3>(r, d, e)
      u = Conv(t, v)
      y = BatchNormalization(u, s, o, m, a)
    })");
  EXPECT_EQ(shape_in(after, "v"), (Shape{2, 2, 1, 1}));
}

TEST(DropDeadChannels, LiveOnesAndOutputsStay) {
  expect_unchanged(kDropDead, kModelHead + "g (float[n,2] x) => (float[n,2] y) <float[2, 2] w = {1, 0, 2, 0}> { y = MatMul(x, w) }");
  expect_unchanged(kDropDead, kModelHead + "g (float[n,2] x) => (float[n,1] y) <float[2, 3] w = " + numbers(6) +
                                  ", float[3, 1] v = {1, 2, 3}> { h = MatMul(x, w) y = MatMul(h, v) }");
}

}  // namespace upkeep
