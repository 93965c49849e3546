#include <gmock/gmock.h>

#include "optimize/rewrites/rewrite_testing.hpp"

namespace upkeep {

namespace {

// Two heads of width 2 over 3 places, as PyTorch writes them: sizes are computed from the batch.
std::string attention(const std::string& between) {
  return R"(<ir_version: 10, opset_import: ["" : 17]> g (float[3,n,4] x) => (float[m,4] y)
    <float[4,4] w = )" +
         numbers(16) +
         R"(, int64 one = {1}, int64 two = {2}, int64[1] zero = {0}, int64[1] three = {3}, int64[1] d = {2}, int64[1] e = {4}, int64[1] minus = {-1}> {
      q = MatMul (x, w)
      s = Shape (x)
      batch = Gather (s, one)
      folded = Mul (batch, two)
      f = Unsqueeze (folded, zero)
      target = Concat <axis = 0> (three, f, d)
      r = Reshape (q, target)
      t = Transpose <perm = [1, 0, 2]> (r)
      k = Transpose <perm = [0, 2, 1]> (t)
      a = MatMul (t, k)
      p = Softmax <axis = 2> (a)
      o = MatMul (p, t)
      )" +
         between + R"(
      u = Transpose <perm = [1, 0, 2]> (z)
      back = Concat <axis = 0> (minus, e)
      y = Reshape (u, back)
    })";
}

}  // namespace

TEST(SplitHeads, GivesHeadsAnAxisOfTheirOwn) {
  const Model after = expect_rewritten("split-heads", attention("z = Relu (o)"));
  const auto transposed = std::ranges::find(after.graph.nodes, "Transpose", &Node::op);
  EXPECT_THAT(transposed->get<std::vector<std::int64_t>>("perm", {}), testing::ElementsAre(1, 2, 0, 3));
  EXPECT_EQ(count_of(after, "Shape"), 0U);
}

TEST(SplitHeads, LeavesWhatNeedsBatchAndHeadsTogether) {
  expect_unchanged("split-heads", attention("l = ReduceSum <keepdims = 1> (o, zero)  z = Sub (o, l)"));
}

}  // namespace upkeep
