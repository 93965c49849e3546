#include <gmock/gmock.h>

#include "optimize/rewrites/rewrite_testing.hpp"

namespace upkeep {

namespace {

constexpr const char* kFold = "fold-constants";
const std::string kFoldHead = "<ir_version: 10, opset_import: [\"\" : 21]> ";

}  // namespace

TEST(FoldConstants, WorksOutWhatDoesNotDependOnInputs) {
  const Model after = expect_rewritten(kFold, kFoldHead + R"(g (float[n,3] x) => (float[n,2] y)
    <float[2,3] w = {1, 2, 3, 4, 5, 6}, float[2] b = {0.5, -1}> {
      t = Transpose <perm = [1, 0]> (w)
      p = MatMul (x, t)
      two = Constant <value_float = 2.0> ()
      s = Mul (b, two)
      y = Add (p, s)
    })");
  EXPECT_EQ(after.graph.nodes.size(), 2U);  // MatMul and Add
  EXPECT_EQ(after.graph.initializers.size(), 2U);
}

TEST(FoldConstants, KeepsRandomNumbersAndQuantisedWeights) {
  expect_unchanged(kFold, kFoldHead + "g (float[2] x) => (float[2] y) { r = RandomNormal <shape = [2]> () y = Add (x, r) }");
  expect_unchanged(
      kFold,
      kFoldHead + "g (float[2] x) => (float[2] y) <uint8[2] q = {1, 2}, float s = {0.5}> { w = DequantizeLinear (q, s) y = Add (x, w) }");
}

TEST(FoldConstants, DoesNotBlowTheModelUp) {
  const std::string text =
      kFoldHead +
      "g (float[n,100000] x) => (float[n,100000] y) <float[1] one = {2}, int64[1] s = {100000}> { w = Expand (one, s) y = Add (x, w) }";
  expect_unchanged(kFold, text);
  EXPECT_EQ(count_of(rewritten("fold-constants:growth=1000000", text), "Expand"), 0U);
}

TEST(FoldConstants, KeepsATransposedCopyOfAWeightThatIsNeededAsItIs) {
  const std::string text = kFoldHead +
                           "g (float[2,2] x) => (float[2,2] y, float[2,2] z) <float[2,2] w = {1, 2, 3, 4}> { t = Transpose <perm = [1, 0]> "
                           "(w) y = MatMul (x, t) z = MatMul (x, w) }";
  expect_unchanged("fold-constants:growth=0", text);
  EXPECT_EQ(count_of(rewritten(kFold, text), "Transpose"), 0U);
}

TEST(FoldConstants, KnowsShapesThatAreNumbers) {
  const Model after = expect_rewritten(
      kFold, kFoldHead + R"(g (float[2,3] x) => (float[6] y) { s = Shape (x) p = ReduceProd <keepdims = 1> (s) y = Reshape (x, p) })");
  EXPECT_EQ(after.graph.nodes.size(), 1U);
}

TEST(FoldConstants, GivesAReshapeItsTargetWhereOneSizeIsOpen) {
  const Model after = expect_rewritten(kFold, kFoldHead + R"(g (float[n,3,4] x) => (float[n,12] y)
    <int64[1] zero = {0}, int64[1] one = {1}, int64[1] rest = {12}> {
      s = Shape (x)
      b = Slice (s, zero, one, zero)
      t = Concat <axis = 0> (b, rest)
      y = Reshape (x, t)
    })");
  EXPECT_EQ(after.graph.nodes.size(), 1U);
}

TEST(FoldConstants, FollowsShapesThroughArithmetic) {
  const Model after = expect_rewritten(kFold, kFoldHead + R"(g (float[n,m,4,2] x) => (float[n,k,8] y)
    <int64 zero = {0}, int64[1] first = {0}, int64[1] two = {2}, int64[1] all = {9223372036854775807}, int64 twice = {2}, int64[1] open = {-1}> {
      s = Shape (x)
      c = Cast <to = 6> (s)
      b = Gather (c, zero)
      u = Unsqueeze (b, first)
      w = Slice (s, two, all, first)
      h = Gather (w, zero)
      d = Mul (h, twice)
      e = Unsqueeze (d, first)
      v = Cast <to = 7> (u)
      t = Concat <axis = 0> (v, open, e)
      y = Reshape (x, t)
    })");
  EXPECT_EQ(after.graph.nodes.size(), 1U);
  EXPECT_EQ(*after.graph.initializer("y/shape"), Tensor({3}, std::vector<std::int64_t>{0, -1, 8}));
}

TEST(FoldConstants, GoesOnWithWhatItFoundOut) {  // PyTorch's chunk: the second half begins where the size of what was cut says
  const Model after = expect_rewritten(kFold, kFoldHead + R"(g (float[n,8,3] x) => (float[n,2,3] y)
    <int64[1] zero = {0}, int64[1] one = {1}, int64[1] two = {2}> {
      s = Shape (x)  c = Slice (s, one, two, zero)  h = Div (c, two)  a = Slice (x, zero, h, one)
      t = Shape (a)  d = Slice (t, one, two, zero)  q = Div (d, two)  y = Slice (a, q, d, one)
    })");
  EXPECT_EQ(after.graph.nodes.size(), 2U);
}

TEST(FoldConstants, KnowsPartsOfShapes) {
  const Model after = expect_rewritten(kFold, kFoldHead + R"(g (float[n,3,4] x) => (float[n,12] y) <int64[1] rest = {-1}> {
    b = Shape <start = 0, end = 1> (x) t = Concat <axis = 0> (b, rest) y = Reshape (x, t) })");
  EXPECT_EQ(after.graph.nodes.size(), 1U);
}

// PyTorch's interpolate to a size: that of the batch and of the channels comes from the value.
TEST(FoldConstants, TurnsTheSizesOfAResizeIntoScales) {
  const Model after = expect_rewritten(kFold, kFoldHead + R"(g (float[n,2,3,5] x) => (float[n,2,7,9] y)
    <int64[1] zero = {0}, int64[1] two = {2}, int64[2] size = {7, 9}> {
      s = Shape (x) front = Slice (s, zero, two, zero) sizes = Concat <axis = 0> (front, size)
      y = Resize <mode = "linear"> (x, , , sizes) })");
  EXPECT_EQ(after.graph.nodes.size(), 1U);
}

// PyTorch's expand(batch, -1, -1) of a class token: sizes of -1 stay as they are.
TEST(FoldConstants, KnowsWhatAnExpandOverTheBatchGives) {
  const Model after = expect_rewritten(kFold, kFoldHead + R"(g (float[n,3,4] x) => (float[n,4,4] y)
    <int64 zero = {0}, int64[1] first = {0}, int64[1] keep = {-1}, int64 minus = {-1}, float[1,1,4] token = {1, 2, 3, 4}> {
      s = Shape (x) n = Gather (s, zero) u = Unsqueeze (n, first) sizes = Concat <axis = 0> (u, keep, keep)
      rank = Shape (sizes) ones = ConstantOfShape <value = int64[1] {1}> (rank) open = Mul (ones, minus)
      stays = Equal (sizes, open) to = Where (stays, ones, sizes) c = Expand (token, to) y = Concat <axis = 1> (c, x) })");
  EXPECT_EQ(count_of(after, "Where"), 0U);
  EXPECT_EQ(after.graph.nodes.size(), 4U);  // Shape, Concat of the sizes, Expand, Concat
}

TEST(FoldConstants, SeesThroughSecondNames) {
  const Model after = expect_rewritten(kFold, kFoldHead + R"(g (float[2] x) => (float[2] y, float[2] c) <float[2] a = {3, 4}> {
    b = Identity (a) c = Identity (a) n = Neg (b) y = Add (x, n) })");
  EXPECT_EQ(count_of(after, "Identity"), 1U) << "an output stays one";
  EXPECT_EQ(count_of(after, "Neg"), 0U);
}

TEST(FoldConstants, KeepsAReshapeWithTwoOpenSizes) {
  expect_unchanged(kFold, kFoldHead + "g (float[n,m] x, int64[2] s) => (float[a,b] y) { y = Reshape (x, s) }");
}

TEST(FoldConstants, LeavesAnOutputAnOutput) {
  const Model after =
      expect_rewritten(kFold, kFoldHead + "g (float[2] x) => (float[2] y, float[1] c) <float[1] a = {3}> { c = Neg (a) y = Add (x, c) }");
  EXPECT_EQ(count_of(after, "Neg"), 0U);
}

TEST(FoldConstants, ReachesIntoSubgraphs) {
  const Model after = rewritten(kFold, kFoldHead + R"(g (float[1] x, bool c) => (float[1] y) {
    y = If (c) <then_branch = t () => (float[1] p) <float[1] k = {2}> { n = Neg (k) p = Add (x, n) }, else_branch = e () => (float[1] q) { q = Abs (x) }>
  })");
  EXPECT_THAT(model_to_text(after), testing::Not(testing::HasSubstr("Neg")));
}

}  // namespace upkeep
