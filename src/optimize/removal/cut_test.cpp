// Channels out of small graphs of every kind. The oracle: the same graph in which those channels are set to zero wherever they are summed
// over, run by ONNX Runtime.

#include "optimize/removal/cut.hpp"

#include <gtest/gtest.h>

#include "optimize/removal/cut_testing.hpp"

namespace upkeep {

namespace {

using removal::Channel;
using removal::ChannelGroup;
using removal::Coupling;
using removal::Slot;

std::size_t removed(const Coupling& coupling, const std::set<Slot>& gone) {
  std::size_t count = 0;
  for (const ChannelGroup& group : coupling.groups())
    for (const Channel& channel : group.channels) count += gone.contains(channel.slot) ? 1 : 0;
  return count;
}

struct Cut {
  Model before, after;
  std::size_t channels = 0;
};

Cut expect_cut(const std::string& text, std::size_t channels, std::int64_t batch = 2) {
  Cut result{.before = model_from_text(text), .after = {}};
  result.after = result.before;
  const Coupling coupling(result.before);
  const std::set<Slot> gone = every_second(coupling);
  result.channels = removed(coupling, gone);
  EXPECT_EQ(result.channels, channels);
  removal::cut(result.after, coupling, gone);
  verify(result.after);
  expect_same_answers(removal::with_zeros(result.before, coupling, gone), result.after, 1e-5F, batch);
  return result;
}

Shape shape_left(const Model& model, const std::string& name) { return model.graph.initializer(name)->shape(); }

TEST(CutTest, TwoDenseLayers) {
  const Cut cut = expect_cut(R"(<ir_version: 10, opset_import: ["" : 21]>
    net (float[n, 3] x) => (float[n, 2] y)
    <float[3, 6] w = )" + numbers(18) +
                                 ", float[6] b = " + numbers(6, 2) + ", float[6, 2] v = " + numbers(12, 3) + R"(>
    { h = Gemm(x, w, b)  r = Relu(h)  y = MatMul(r, v) })",
                             3);
  EXPECT_EQ(shape_left(cut.after, "w"), (Shape{3, 3}));
  EXPECT_EQ(shape_left(cut.after, "b"), (Shape{3}));
  EXPECT_EQ(shape_left(cut.after, "v"), (Shape{3, 2}));
}

TEST(CutTest, GoesPastTheScalerOfAPipeline) {
  const Cut cut = expect_cut(R"(<ir_version: 8, opset_import: ["" : 17, "ai.onnx.ml" : 1]>
    net (float[n, 3] x) => (float[n, 2] y)
    <float[3, 6] w = )" + numbers(18) +
                                 ", float[6, 2] v = " + numbers(12, 3) + R"(>
    { s = ai.onnx.ml.Scaler <offset = [0.5, 1.0, 0.0], scale = [2.0, 0.5, 1.0]> (x)
      h = MatMul(s, w)  r = Relu(h)  y = MatMul(r, v) })",
                             3);
  EXPECT_EQ(shape_left(cut.after, "w"), (Shape{3, 3}));
}

TEST(CutTest, ResidualSumsTieTheirBranches) {
  const Cut cut = expect_cut(R"(<ir_version: 10, opset_import: ["" : 21]>
    net (float[n, 2, 5, 5] x) => (float[n, 3] y)
    <float[4, 2, 3, 3] a = )" + numbers(72) +
                                 ", float[4, 4, 3, 3] b = " + numbers(144, 2) + ", float[4] s = " + numbers(4, 3) +
                                 ", float[4] o = " + numbers(4, 4) + ", float[4] m = " + numbers(4, 5) +
                                 ", float[4] v = {1, 2, 0.5, 1}, float[4, 3] w = " + numbers(12, 6) + R"(>
    {
      p = Conv<pads = [1, 1, 1, 1]>(x, a)
      q = Relu(p)
      r = Conv<pads = [1, 1, 1, 1]>(q, b)
      t = BatchNormalization(r, s, o, m, v)
      u = Add(t, q)
      g = GlobalAveragePool(u)
      f = Flatten(g)
      y = MatMul(f, w)
    })",
                             2);
  EXPECT_EQ(shape_left(cut.after, "b"), (Shape{2, 2, 3, 3}));
}

TEST(CutTest, ConcatAndFlatten) {
  const Cut cut = expect_cut(R"(<ir_version: 10, opset_import: ["" : 21]>
    net (float[n, 2, 4, 4] x) => (float[n, 3] y)
    <float[4, 2, 1, 1] a = )" + numbers(8) +
                                 ", float[2, 2, 1, 1] b = " + numbers(4, 2) + ", float[96, 3] w = " + numbers(288, 6) + R"(>
    {
      p = Conv(x, a)
      q = Conv(x, b)
      c = Concat<axis = 1>(p, q)
      r = Relu(c)
      f = Flatten(r)
      y = Gemm(f, w)
    })",
                             3);
  EXPECT_EQ(shape_left(cut.after, "w"), (Shape{48, 3}));
}

TEST(CutTest, DepthwiseAndGroupedConvolutions) {
  const Cut cut = expect_cut(R"(<ir_version: 10, opset_import: ["" : 21]>
    net (float[n, 2, 6, 6] x) => (float[n, 3, 2, 2] y)
    <float[4, 2, 1, 1] a = )" + numbers(8) +
                                 ", float[8, 1, 3, 3] d = " + numbers(72, 2) + ", float[8] e = " + numbers(8, 3) +
                                 ", float[8, 4, 1, 1] g = " + numbers(32, 4) + ", float[3, 8, 3, 3] o = " + numbers(216, 5) + R"(>
    {
      p = Conv(x, a)
      q = Relu(p)
      r = Conv<group = 4>(q, d, e)
      s = Sigmoid(r)
      t = Conv<group = 2>(s, g)
      u = Relu(t)
      y = Conv(u, o)
    })",
                             3);
  // The depthwise channels go in pairs with their input, the grouped ones as the same places of both groups.
  EXPECT_EQ(shape_left(cut.after, "a"), (Shape{2, 2, 1, 1}));
}

TEST(CutTest, TransposedConvolution) {
  expect_cut(R"(<ir_version: 10, opset_import: ["" : 21]>
    net (float[n, 2, 3, 3] x) => (float[n, 1, 8, 8] y)
    <float[2, 4, 2, 2] a = )" +
                 numbers(32) + ", float[4] b = " + numbers(4, 2) + ", float[4, 1, 3, 3] c = " + numbers(36, 3) + R"(>
    {
      p = ConvTranspose<strides = [2, 2]>(x, a, b)
      q = Relu(p)
      y = ConvTranspose(q, c)
    })",
             2);
}

TEST(CutTest, HeadsOfAttentionGoWhole) {
  const Cut cut = expect_cut(R"(<ir_version: 10, opset_import: ["" : 21]>
    net (float[n, t, 6] x) => (float[n, t, 6] y)
    <float[6, 8] q = )" + numbers(48) +
                                 ", float[6, 8] k = " + numbers(48, 2) + ", float[6, 8] v = " + numbers(48, 3) +
                                 ", float[8, 6] o = " + numbers(48, 4) + R"(, int64[4] heads = {0, 0, 4, 2}, int64[3] joined = {0, 0, 8}>
    {
      a = MatMul(x, q)  b = MatMul(x, k)  c = MatMul(x, v)
      d = Reshape(a, heads)  e = Reshape(b, heads)  f = Reshape(c, heads)
      g = Transpose<perm = [0, 2, 1, 3]>(d)
      h = Transpose<perm = [0, 2, 3, 1]>(e)
      i = Transpose<perm = [0, 2, 1, 3]>(f)
      s = MatMul(g, h)
      p = Softmax<axis = -1>(s)
      r = MatMul(p, i)
      l = Transpose<perm = [0, 2, 1, 3]>(r)
      m = Reshape(l, joined)
      y = MatMul(m, o)
    })",
                             2);
  EXPECT_EQ(shape_left(cut.after, "q"), (Shape{6, 4}));
  EXPECT_EQ(shape_left(cut.after, "o"), (Shape{4, 6}));
}

TEST(CutTest, UnitsOfRecurrentLayers) {
  for (const std::string op : {"LSTM", "GRU", "RNN"}) {
    const int gates = op == "LSTM" ? 4 : op == "GRU" ? 3 : 1;
    const auto size = [&](int rest) { return static_cast<std::size_t>(gates * rest); };
    expect_cut(
        upkeep::format(R"(<ir_version: 10, opset_import: ["" : 21]>
      net (float[t, n, 3] x) => (float[t, n, 2] y)
      <float[1, {}, 3] w = {}, float[1, {}, 4] r = {}, float[1, {}] b = {}, float[4, 2] v = {}, int64[1] one = {{1}}>
      {{
        a, last = {}<hidden_size = 4>(x, w, r, b)
        s = Squeeze(a, one)
        y = MatMul(s, v)
      }})",
                       4 * gates, numbers(size(12)), 4 * gates, numbers(size(16), 2), 8 * gates, numbers(size(8), 3), numbers(8, 4), op),
        2, 3);
  }
}

TEST(CutTest, SplitSliceGatherAndPad) {
  const Cut cut = expect_cut(
      R"(<ir_version: 10, opset_import: ["" : 21]>
    net (float[n, 3] x) => (float[n, 2] y, float[n, 2] z)
    <float[3, 8] w = )" +
          numbers(24) + ", float[4, 2] a = " + numbers(8, 2) + ", float[3, 2] b = " + numbers(6, 3) +
          R"(, int64[1] start = {1}, int64[1] end = {4}, int64[1] axis = {1}, int64[4] order = {3, 1, 0, 2}, int64[4] pads = {1, 0, 1, 0}>
    {
      h = MatMul(x, w)
      p, q = Split<axis = 1, num_outputs = 2>(h)
      o = Gather<axis = 1>(p, order)
      r = Tanh(o)
      y = MatMul(r, a)
      s = Slice(q, start, end, axis)
      t = Pad(s, pads)
      z = MatMul(t, b)
    })",
      3);
  EXPECT_EQ(shape_left(cut.after, "w"), (Shape{3, 5}));
}

TEST(CutTest, WeightsBehindTransposes) {
  const Cut cut = expect_cut(R"(<ir_version: 10, opset_import: ["" : 21]>
    net (float[n, 4, 4, 2] x) => (float[n, 3] y)
    <float[3, 3, 2, 4] k = )" + numbers(72) +
                                 ", float[4] b = " + numbers(4, 2) + ", float[16, 3] w = " + numbers(48, 3) + R"(>
    {
      a = Transpose<perm = [0, 3, 1, 2]>(x)
      t = Transpose<perm = [3, 2, 0, 1]>(k)
      c = Conv(a, t, b)
      d = Transpose<perm = [0, 2, 3, 1]>(c)
      f = Flatten(d)
      y = MatMul(f, w)
    })",
                             2);
  EXPECT_EQ(shape_left(cut.after, "k"), (Shape{3, 3, 2, 2}));
}

TEST(CutTest, SqueezeAndExciteWithSizesAskedFromShapes) {
  expect_cut(R"(<ir_version: 10, opset_import: ["" : 21]>
    net (float[n, 2, 4, 4] x) => (float[n, 3] y)
    <float[4, 2, 1, 1] a = )" +
                 numbers(8) + ", float[4, 2] d = " + numbers(8, 2) + ", float[2, 4] e = " + numbers(8, 3) +
                 ", float[4, 3] w = " + numbers(12, 4) +
                 R"(, int64[1] first = {0}, int64[3] rest = {4, 1, 1}, int64[2] spatial = {2, 3}>
    {
      c = Conv(x, a)
      g = ReduceMean<keepdims = 0>(c, spatial)
      m = MatMul(g, d)
      r = Relu(m)
      o = MatMul(r, e)
      s = Sigmoid(o)
      two = Constant<value = int64[2] {2, 3}>()
      u = Unsqueeze(s, two)
      v = Mul(c, u)
      k = ReduceMax<keepdims = 0>(v, spatial)
      y = MatMul(k, w)
    })",
             3);
}

TEST(CutTest, WhatIsNotKnownIsFixed) {
  // Outputs, a sum over channels without weights, an operator of somebody else.
  for (const std::string body :
       {"y = Add(h, h)", "t = ReduceSum<keepdims = 1>(h, one)  y = Add(t, h)", "t = CumSum(h, place)  y = Identity(t)"}) {
    const Model model = model_from_text(R"(<ir_version: 10, opset_import: ["" : 21]>
      net (float[n, 3] x) => (float[n, 4] y) <float[3, 4] w = )" +
                                        numbers(12) + ", int64[1] one = {1}, int64 place = {1}> { h = MatMul(x, w) " + body + " }");
    EXPECT_TRUE(Coupling(model).groups().empty()) << body;
  }
}

}  // namespace

}  // namespace upkeep
