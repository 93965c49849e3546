#include <gmock/gmock.h>

#include "optimize/optimize_testing.hpp"
#include "optimize/rewrites/rewrite_testing.hpp"

namespace upkeep {

using testing::HasSubstr;

namespace {

const std::string kHalfHead = "<ir_version: 10, opset_import: [\"\" : 21]> ";
constexpr float kHalfTolerance = 5e-3f;  // a few roundings of 2^-11 each

const std::string kNet =
    kHalfHead + "g (float[n,1,4,4] x) => (float[n,3] y, int64[n] k) <float[2,1,3,3] w = " + numbers(18) +
    ", float[8,3] v = " + numbers(24) +
    "> { c = Conv (x, w) r = Relu (c) f = Flatten (r) p = MatMul (f, v) y = Softmax (p) k = ArgMax <axis = 1, keepdims = 0> (y) }";

}  // namespace

TEST(Float16, HalvesWeightsAndKeepsInputsAndOutputs) {
  const Model before = model_from_text(kNet);
  const Model after = rewritten("float16", before);
  expect_same_answers(before, after, kHalfTolerance);
  EXPECT_EQ(after.graph.inputs[0].type.dtype, DType::kFloat32);
  EXPECT_EQ(after.graph.outputs[0].type.dtype, DType::kFloat32);
  for (const auto& [name, tensor] : after.graph.initializers) EXPECT_EQ(tensor.dtype(), DType::kFloat16) << name;
  EXPECT_EQ(count_of(after, "Cast"), 2U);  // one in, one out
}

TEST(Float16, TurnsInputsAndOutputsToo) {
  const Model before = model_from_text(kNet);
  const Model after = rewritten("float16:io=float16", before);
  expect_same_answers(before, after, kHalfTolerance);
  EXPECT_EQ(after.graph.inputs[0].type.dtype, DType::kFloat16);
  EXPECT_EQ(after.graph.outputs[0].type.dtype, DType::kFloat16);
  EXPECT_EQ(after.graph.outputs[1].type.dtype, DType::kInt64);
  EXPECT_EQ(count_of(after, "Cast"), 0U);
}

TEST(Float16, KeepsOperatorsThatWouldOverflowOrDoNotTakeIt) {
  const std::string text = kHalfHead +
                           "g (float[n,300] x) => (float[n] y) <float h = {300}, int64[1] axes = {1}> { a = Mul (x, h) s = ReduceSumSquare "
                           "<keepdims = 0> (a, axes) y = Sqrt (s) }";
  const Model before = model_from_text(text);
  const Model after = rewritten("float16", before);
  expect_same_answers(before, after, kHalfTolerance);  // 300 * 300 * 300 is far beyond 65504
  const Model kept = rewritten("float16:keep=[Mul]", before);
  EXPECT_NE(kept.graph.initializer("h"), nullptr);
  const Model resized = rewritten("float16", kHalfHead +
                                                 "g (float[1,1,2,2] x) => (float[1,1,4,4] y) <float[0] none = {}, float[4] scales = {1, 1, "
                                                 "2, 2}> { y = Resize (x, none, scales) }");
  EXPECT_EQ(resized.graph.initializer("scales")->dtype(), DType::kFloat32);  // ONNX asks for that
}

TEST(Float16, ClampsOrRefusesWhatIsBeyondItsRange) {
  const std::string text =
      kHalfHead + "g (float[2] x) => (float[2] y) <float[2] w = {1e6, 1}, float e = {1e-12}> { a = Mul (x, w) y = Add (a, e) }";
  Model model = model_from_text(text);
  const Change change = rewrite(model, parse_named("float16"));
  EXPECT_THAT(change.notes.back(), HasSubstr("w: 1 values beyond 65504"));
  EXPECT_EQ(model.graph.initializer("w/float16")->cast(DType::kFloat32).floats()[0], 65504.0f);
  EXPECT_GT(model.graph.initializer("e/float16")->cast(DType::kFloat32).floats()[0], 0.0f);
  EXPECT_THAT(message_of([&] { rewritten("float16:beyond=refuse", text); }), testing::AllOf(HasSubstr("\"w\""), HasSubstr("65504")));
}

TEST(Float16, GivesSubgraphsWhatTheyWereWrittenFor) {
  const std::string text = kHalfHead + R"(g (float[2] x, bool c) => (float[2] y) {
    a = Neg (x)
    b = If (c) <then_branch = t () => (float[2] p) { p = Relu (a) }, else_branch = e () => (float[2] q) { q = Abs (a) }>
    y = Exp (b)
  })";
  expect_same_answers(model_from_text(text), rewritten("float16", text), kHalfTolerance);
  expect_same_answers(model_from_text(text), rewritten("float16:io=float16", text), kHalfTolerance);
}

TEST(Float16, LeavesAGraphWithoutFloatsAlone) { expect_unchanged("float16", kHalfHead + "g (int64[n] x) => (int64[n] y) { y = Neg (x) }"); }

TEST(Float16, WorksOnLayers) {
  const Model before = three_layers();
  expect_same_answers(before, rewritten("float16", before), kHalfTolerance);
}

}  // namespace upkeep
