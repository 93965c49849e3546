#include <gmock/gmock.h>

#include "optimize/rewrites/rewrite_testing.hpp"

namespace upkeep {

using testing::HasSubstr;

namespace {

constexpr const char* kTwoInputs = R"(<ir_version: 10, opset_import: ["" : 21]>
  g (float[n,3,h,w] image, float[n,?] extra) => (float[n,m] y) { f = Flatten (image) y = Concat <axis = 1> (f, extra) })";

std::string type_of_input(const Model& model, std::size_t i) { return to_string(model.graph.inputs[i].type); }

}  // namespace

TEST(FixedShape, GivesSizesByNameAndTheirSymbolsEverywhere) {
  const Model after = rewritten("fixed-shape:image=2x3x4x5", kTwoInputs);
  EXPECT_EQ(type_of_input(after, 0), "float32[2, 3, 4, 5]");
  EXPECT_EQ(type_of_input(after, 1), "float32[2, ?]");
  EXPECT_TRUE(after.graph.outputs[0].type.shape->front() == Dim(2));
}

TEST(FixedShape, GivesSizesByPositionAndLeavesOthersOpen) {
  const Model after = rewritten("fixed-shape:0=?x3x4x5,1=?x7", kTwoInputs);
  EXPECT_EQ(type_of_input(after, 0), "float32[n, 3, 4, 5]");
  EXPECT_EQ(type_of_input(after, 1), "float32[n, 7]");
  EXPECT_EQ(to_string(after.graph.outputs[0].type), "float32[n, 67]");
}

TEST(FixedShape, LetsShapesThatAreComputedBeFolded) {
  const Model before = model_from_text(R"(<ir_version: 10, opset_import: ["" : 21]>
    g (float[n,1,h,w] image) => (float[n,m] y) <int64[1] zero = {0}, int64[1] one = {1}, int64[1] rest = {-1}> {
      s = Shape (image)
      n = Slice (s, zero, one)
      t = Concat <axis = 0> (n, rest)
      y = Reshape (image, t)
    })");
  const Model after = rewritten("fold-constants", rewritten("fixed-shape:image=2x1x3x4", before));
  EXPECT_EQ(count_of(after, "Shape"), 0U);
  EXPECT_EQ(after.graph.nodes.size(), 1U);
  EXPECT_EQ(to_string(after.graph.outputs[0].type), "float32[2, 12]");
}

TEST(FixedShape, RefusesWhatDoesNotFitByName) {
  EXPECT_THAT(message_of([] { rewritten("fixed-shape:image=2x3x4", kTwoInputs); }), HasSubstr("\"image\" is float32[n, 3, h, w]"));
  EXPECT_THAT(message_of([] { rewritten("fixed-shape:image=2x1x4x4", kTwoInputs); }), HasSubstr("a size of 3 already, not 1"));
  EXPECT_THAT(message_of([] { rewritten("fixed-shape:image=2x3x4x4,extra=3x1", kTwoInputs); }), HasSubstr("the size \"n\" as"));
  EXPECT_THAT(message_of([] { rewritten("fixed-shape:imgae=2x3x4x4", kTwoInputs); }), HasSubstr("did you mean \"image\"?"));
  EXPECT_THAT(message_of([] { rewritten("fixed-shape:image=2x3xax4", kTwoInputs); }), HasSubstr("\"a\" in the sizes"));
  EXPECT_THAT(message_of([] { rewritten("fixed-shape:2=1x1", kTwoInputs); }), HasSubstr("\"2\""));
  EXPECT_THAT(message_of([] { rewritten("fixed-shape", kTwoInputs); }), HasSubstr("names no input"));
}

// PaddlePaddle's files call each size that is not known "?".
TEST(FixedShape, TakesAQuestionMarkForNoName) {
  Model model = model_from_text(
      R"(<ir_version: 10, opset_import: ["" : 21]> g (float[n,h,w] x) => (float[n,a,b] y) { y = Transpose <perm = [0, 2, 1]> (x) })");
  for (std::size_t axis : {1U, 2U}) model.graph.inputs[0].type.shape->at(axis) = model.graph.outputs[0].type.shape->at(axis) = Dim("?");
  const Model after = rewritten("fixed-shape:x=2x3x4", model);
  EXPECT_EQ(to_string(after.graph.inputs[0].type), "float32[2, 3, 4]");
}

TEST(FixedShape, GoesOnWhereTheShapesOfAnOperatorOfOthersAreNotKnown) {
  const Model after = rewritten("fixed-shape:x=2x4", model_from_text(R"(<ir_version: 10, opset_import: ["" : 21, "com.microsoft" : 1]>
    g (float[n,4] x) => (float[n,4] y) { a = com.microsoft.QuickGelu (x) y = Transpose <perm = [0, 1]> (a) })"));
  EXPECT_EQ(to_string(after.graph.inputs[0].type), "float32[2, 4]");
}

TEST(FixedShape, LeavesWhatHasTheseSizes) {
  expect_unchanged("fixed-shape:x=4x2", R"(<ir_version: 10, opset_import: ["" : 21]> g (float[4,2] x) => (float[4,2] y) { y = Relu (x) })");
}

}  // namespace upkeep
