#include <gmock/gmock.h>

#include "optimize/rewrites/rewrite_testing.hpp"

namespace upkeep {

using testing::HasSubstr;

namespace {

const std::string kBatchHead = "<ir_version: 10, opset_import: [\"\" : 21]> ";

}  // namespace

TEST(DynamicBatch, FreesInputsOutputsAndReshapes) {
  const Model before = model_from_text(
      kBatchHead +
      "g (float[1,2,6] x) => (float[1,4] y) <int64[2] flat = {1, 12}, int64[3] part = {1, 3, -1}, int64[1] axes = {1}, float[4,4] w = " +
      numbers(16) + "> { a = Reshape (x, flat)  b = Reshape (a, part)  c = ReduceSum <keepdims = 0> (b, axes)  y = MatMul (c, w) }");
  const Model after = rewritten("dynamic-batch", before);
  EXPECT_EQ(to_string(after.graph.inputs[0].type), "float32[batch, 2, 6]");
  EXPECT_EQ(to_string(after.graph.outputs[0].type), "float32[batch, 4]");
  expect_same_answers(before, after);
  const Tensor rows({3, 2, 6}, std::vector<float>(36, 0.5f));
  EXPECT_EQ(Session(after).run({{"x", rows}}).at("y").shape(), (Shape{3, 4}));
}

TEST(DynamicBatch, NamesTheOperatorThatHasTheBatchBakedIn) {
  const std::string text = kBatchHead + "g (float[2,3] x) => (float[2,3] y) <int64[2] s = {2, 3}> { a = Relu (x) y = Expand (a, s) }";
  EXPECT_THAT(message_of([&] { rewritten("dynamic-batch", text); }), testing::AllOf(HasSubstr("batch of 2"), HasSubstr("Expand")));
}

TEST(DynamicBatch, AsksWhichInputsWhereTheyDiffer) {
  const std::string text = kBatchHead + "g (float[1,3] x, float[3,3] k) => (float[1,3] y) { y = MatMul (x, k) }";
  EXPECT_THAT(message_of([&] { rewritten("dynamic-batch", text); }), HasSubstr("inputs=["));
  EXPECT_EQ(to_string(rewritten("dynamic-batch:symbol=rows,inputs=[x]", text).graph.outputs[0].type), "float32[rows, 3]");
}

TEST(DynamicBatch, LeavesASymbolAlone) {
  expect_unchanged("dynamic-batch", kBatchHead + "g (float[n,3] x) => (float[n,3] y) { y = Relu (x) }");
}

}  // namespace upkeep
