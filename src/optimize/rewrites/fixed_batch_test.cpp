#include <gmock/gmock.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/rewrites/rewrite_testing.hpp"

namespace upkeep {

using testing::HasSubstr;

TEST(FixedBatch, GivesEveryValueANumber) {
  const Model before = three_layers();
  const Model after = rewritten("fixed-batch:size=3", before);
  EXPECT_EQ(to_string(after.graph.inputs[0].type), "float32[3, 4]");
  EXPECT_EQ(to_string(after.graph.outputs[0].type), "float32[3, 2]");
  for (const ValueInfo& value : after.graph.values) EXPECT_TRUE(value.type.shape->front().known()) << value.name;
  expect_same_answers(before, after, 1e-6f, 3);
}

TEST(FixedBatch, RefusesAnotherNumberAndLeavesTheSame) {
  const std::string text = R"(<ir_version: 10, opset_import: ["" : 21]> g (float[4,2] x) => (float[4,2] y) { y = Relu (x) })";
  EXPECT_THAT(message_of([&] { rewritten("fixed-batch:size=2", text); }), HasSubstr("batch of 4"));
  expect_unchanged("fixed-batch:size=4", text);
}

TEST(FixedBatch, SaysWhenTheNumberDoesNotFit) {
  EXPECT_THAT(message_of([] {
                rewritten("fixed-batch:size=3", R"(<ir_version: 10, opset_import: ["" : 21]>
                  g (float[n,2] x) => (float[5,2] y) <float[5,1] rows = {1, 2, 3, 4, 5}> { y = Add (x, rows) })");
              }),
              HasSubstr("with a batch of 3"));
}

}  // namespace upkeep
