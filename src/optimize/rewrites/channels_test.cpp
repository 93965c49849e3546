#include <gmock/gmock.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/rewrites/rewrite_testing.hpp"

namespace upkeep {

namespace {

const std::string kChannelsHead = "<ir_version: 10, opset_import: [\"\" : 21]> ";

// A graph with its channels second in front and behind, and `nodes` in between: from "a" to "z", channels last.
std::string between(const std::string& nodes, const std::string& type = "float[n,4,3,5]", const std::string& weights = "") {
  return kChannelsHead + "g (float[n,4,3,5] x) => (" + type + " y) " + (weights.empty() ? "" : "<" + weights + ">") +
         " { a = Transpose <perm = [0, 2, 3, 1]> (x) " + nodes + " y = Transpose <perm = [0, 3, 1, 2]> (z) }";
}

void expect_transposes(const std::string& text, std::size_t left) {
  EXPECT_EQ(count_of(expect_rewritten("channels", text), "Transpose"), left) << text;
}

}  // namespace

TEST(Channels, MeetTheirInverseBehindWhatWorksByElement) {
  expect_transposes(between("b = Relu (a) c = Clip (b) z = Cast <to = 1> (c)"), 0);
  expect_transposes(between("b = Mul (a, f) c = Add (s, b) z = Sub (c, one)", "float[n,4,3,5]",
                            "float[4] f = {1, 2, 3, 4}, float[5,1] s = {1, 2, 3, 4, 5}, float one = {1}"),
                    0);
}

TEST(Channels, PassAxesAndSizes) {
  expect_transposes(between("z = Softmax (a)"), 0);
  expect_transposes(between("z = ReduceMean (a, axes)", "float[n,4,1,1]", "int64[2] axes = {1, 2}"), 0);
  expect_transposes(between("b, c = Split <axis = 3, num_outputs = 2> (a) z = Concat <axis = -1> (c, b)"), 0);
  expect_transposes(between("z = Pad (a, pads)", "float[n,5,5,6]", "int64[8] pads = {0, 1, 0, 0, 0, 1, 1, 1}"), 0);
  expect_transposes(between("z = Tile (a, times)", "float[n,4,6,5]", "int64[4] times = {1, 2, 1, 1}"), 0);
  expect_transposes(
      between("z = Slice (a, from, to, axes)", "float[n,4,3,3]", "int64[1] from = {1}, int64[1] to = {4}, int64[1] axes = {-2}"), 0);
  expect_transposes(
      between("z = Resize <mode = \"nearest\"> (a, none, scales)", "float[n,4,6,5]", "float[0] none = {}, float[4] scales = {1, 2, 1, 1}"),
      0);
}

TEST(Channels, PassAxesThatGoAndCome) {
  expect_transposes(kChannelsHead +
                        "g (float[n,4,3,5] x) => (float[n,4] y) <int64[2] axes = {1, 2}> { a = Transpose <perm = [0, 2, 3, 1]> (x) y = "
                        "ReduceMax <keepdims = 0> (a, axes) }",
                    0);
  expect_transposes(between("b = Unsqueeze (a, axes) c = Neg (b) z = Squeeze (c, axes)", "float[n,4,3,5]", "int64[1] axes = {3}"), 0);
}

TEST(Channels, MeetEachOtherWhereValuesMeet) {
  const std::string residual = R"(g (float[n,2,3,3] x) => (float[n,2,3,3] y) <float[2,2,1,1] w = {1, 2, 3, 4}> {
    c = Conv (x, w)  t = Transpose <perm = [0, 2, 3, 1]> (c)  r = Relu (t)
    u = Transpose <perm = [0, 3, 1, 2]> (r)  d = Conv (u, w)  v = Transpose <perm = [0, 2, 3, 1]> (d)
    s = Add (r, v)  p = Relu (s)
    q = Transpose <perm = [0, 3, 1, 2]> (p)  y = Conv (q, w)
  })";
  expect_transposes(kChannelsHead + residual, 0);
  const std::string dense =
      R"(g (float[n,2,3,3] x) => (float[n,2,3,3] y) <float[2,2,1,1] w = {1, 2, 3, 4}, float[2,8,1,1] k = )" + numbers(16) + R"(> {
    a = Conv (x, w)  ta = Transpose <perm = [0, 2, 3, 1]> (a)  ra = Relu (ta)
    b = Conv (x, w)  tb = Transpose <perm = [0, 2, 3, 1]> (b)  rb = Tanh (tb)
    c = Conv (x, w)  tc = Transpose <perm = [0, 2, 3, 1]> (c)  rc = Neg (tc)
    d = Conv (x, w)  td = Transpose <perm = [0, 2, 3, 1]> (d)  rd = Abs (td)
    s = Concat <axis = 3> (ra, rb, rc, rd)
    t = Transpose <perm = [0, 3, 1, 2]> (s)  y = Conv (t, k)
  })";
  expect_transposes(kChannelsHead + dense, 0);
}

TEST(Channels, PassAReshapeThatKeepsThemApart) {
  const std::string reshape = "b = Unsqueeze (a, axis) c = Tile (b, times) z = Reshape (c, target)";  // every column twice
  expect_transposes(
      between(reshape, "float[n,4,6,5]", "int64[1] axis = {2}, int64[5] times = {1, 1, 2, 1, 1}, int64[4] target = {0, 6, 5, 4}"), 0);
}

TEST(Channels, GoIntoTheWeightsBehindAFlatten) {
  for (const std::string flat : {"Flatten (a)", "Reshape (a, target)"})
    for (const std::string product : {"MatMul (r, w)", "Gemm (r, w)", "Gemm <transB = 1> (r, v)"})
      expect_transposes(kChannelsHead + "g (float[n,4,2,3] x) => (float[n,2] y) <int64[2] target = {-1, 24}, float[24,2] w = " +
                            numbers(48) + ", float[2,24] v = " + numbers(48) + "> { a = Transpose <perm = [0, 2, 3, 1]> (x) f = " + flat +
                            " r = Relu (f) y = " + product + " }",
                        0);
  expect_transposes(
      kChannelsHead + "g (float[n,2,2,1] x, float[n,3] o) => (float[n,2] y) <float[7,2] w = " + numbers(14) +
          ", float[4] b = " + numbers(4) +
          "> { a = Transpose <perm = [0, 3, 2, 1]> (x) f = Flatten (a) g = Add (f, b) c = Concat <axis = 1> (o, g) y = MatMul (c, w) }",
      0);
}

TEST(Channels, BecomeAReshapeWhereNothingMoves) {
  const Model after = expect_rewritten(
      "channels", kChannelsHead + "g (float[n,4,1,1] x) => (float[n,1,1,4] y) { y = Transpose <perm = [0, 2, 3, 1]> (x) }");
  EXPECT_EQ(count_of(after, "Reshape"), 1U);
}

TEST(Channels, StayWhereTheyAreNeeded) {
  const std::string head = kChannelsHead + "g (float[n,3,5,4] x) => (float[n,2,3,5] y) <float[2,4,1,1] w = " + numbers(8) + "> { ";
  expect_unchanged("channels", head + "t = Transpose <perm = [0, 3, 1, 2]> (x) y = Conv (t, w) }");     // the input has its channels last
  expect_unchanged("channels", between("z = CumSum (a, axis)", "float[n,4,3,5]", "int64 axis = {3}"));  // no rule for it
  expect_unchanged("channels",
                   kChannelsHead + "g (float[n,4,2,3] x) => (float[n,24] y) { a = Transpose <perm = [0, 2, 3, 1]> (x) y = Flatten (a) }");
}

TEST(Channels, StayWhereAnotherReaderNeedsTheOrder) {
  const Model after = expect_rewritten("channels", kChannelsHead + R"(g (float[n,4,3,5] x) => (float[n,4,3,5] y, float[n,3,5,4] z) {
    a = Transpose <perm = [0, 2, 3, 1]> (x)  z = Relu (a)  y = Transpose <perm = [0, 3, 1, 2]> (z) })");
  EXPECT_EQ(count_of(after, "Transpose"), 1U);  // of the output that has its channels last
}

TEST(Channels, LeaveNoneBeforeTheFlattenOfAKerasNet) {
  const Model before =
      model_of(R"(layers: [{input: {shape: [8, 8, 2]}}, {conv2d: {filters: 3, kernel_size: 3, activation: relu}}, {max_pooling2d: {}},
                                            {batch_normalization: {}}, {flatten: {}}, {dense: {units: 4, activation: softmax}}])");
  const Model after = rewritten("channels", before);
  expect_same_answers(before, after);
  EXPECT_EQ(count_of(after, "Transpose"), 1U);  // of the input, which has its channels last
}

}  // namespace upkeep
