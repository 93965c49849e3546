#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_testing.hpp"
#include "graph/onnx.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Model inferred(const std::string& graph) {
  Model model = model_from_text("<ir_version: 10, opset_import: [\"\": 21]>\n" + graph);
  infer_shapes(model);
  return model;
}

std::string type_of(const Model& model, std::string_view name) {
  const ValueInfo* value = model.graph.value(name);
  return value ? to_string(value->type) : "no type";
}

TEST(InferShapes, GivesEveryValueItsType) {
  const Model model =
      inferred("g (float[N,3] x) => (float[] y) <float[3,4] w = {1,2,3,4,5,6,7,8,9,10,11,12}> { t = MatMul(x, w)  y = Relu(t) }");
  EXPECT_EQ(type_of(model, "t"), "float32[N, 4]");
  EXPECT_EQ(type_of(model, "y"), "float32[N, 4]");
}

TEST(InferShapes, KnowsTheShapesOfComparisons) {
  for (const char* op : {"Less", "LessOrEqual", "Greater", "GreaterOrEqual"})
    EXPECT_EQ(type_of(inferred("g (float[N,3] x, float[3] w) => (bool[] y) { t = " + std::string(op) + "(x, w)  y = Not(t) }"), "t"),
              "bool[N, 3]");
}

TEST(InferShapes, FollowsShapesThroughArithmetic) {
  const Model model = inferred(
      "g (float[N,3,4] x) => (float[] y) <int64[1] start = {0}, int64[1] end = {1}, int64[1] twelve = {12}>"
      " { s = Shape(x)  n = Slice(s, start, end)  to = Concat<axis = 0>(n, twelve)  y = Reshape(x, to) }");
  EXPECT_EQ(type_of(model, "y"), "float32[N, 12]");
}

TEST(InferShapes, KnowsWhatScalersOfPipelinesGive) {
  Model model = model_from_text(R"(<ir_version: 8, opset_import: ["" : 17, "ai.onnx.ml" : 3]>
    g (double[N,3] x) => (float[] y) { i = ai.onnx.ml.Imputer <imputed_value_floats = [1.0]> (x)  y = ai.onnx.ml.Scaler <scale = [2.0]> (i) })");
  infer_shapes(model);
  EXPECT_EQ(type_of(model, "i"), "float64[N, 3]");
  EXPECT_EQ(type_of(model, "y"), "float32[N, 3]");
}

TEST(InferShapes, FindsAContradiction) {
  EXPECT_THAT(message_of([] { inferred("g (float[2] x) => (float[3] y) { y = Relu(x) }"); }),
              AllOf(HasSubstr("\"y\" is declared as float32[3]"), HasSubstr("gives float32[2]")));
  EXPECT_THAT(message_of([] { inferred("g (float[2] x) => (int64[2] y) { y = Relu(x) }"); }), HasSubstr("declared as int64[2]"));
  EXPECT_THAT(message_of([] { inferred("g (float[2,3] x, float[4,5] w) => (float[] y) { y = MatMul(x, w) }"); }),
              HasSubstr("MatMul(\"x\" float32[2, 3], \"w\" float32[4, 5])"));
}

TEST(InferShapes, KeepsWhatIsDeclaredMoreExactly) {
  const Model model = inferred("g (float[N,2] x) => (float[7,2] y) { t = Relu(x)  y = Relu(t) }");
  EXPECT_EQ(type_of(model, "y"), "float32[7, 2]");
}

TEST(InferShapes, LooksIntoBranches) {
  const Model model = inferred(
      "g (bool c, float[2,3] x) => (float[] y) { y = If(c)<then_branch = t () => (float[] a) { a = Relu(x) },"
      " else_branch = e () => (float[] b) { b = Abs(x) }> }");
  EXPECT_EQ(type_of(model, "y"), "float32[2, 3]");
}

TEST(InferShapes, DoesNothingTheSecondTime) {
  Model model = inferred("g (float[N,3] x) => (float[] y) { t = Abs(x)  y = Relu(t) }");
  const std::string once = model_to_bytes(model);
  infer_shapes(model);
  EXPECT_EQ(model_to_bytes(model), once);
}

TEST(InferShapes, FollowsQuotientsOfSizes) {  // as PyTorch splits channels
  const Model model =
      inferred(R"(g (float[N, 6, 4] x) => (float[A, B, C, D] y) <int64 zero = {0}, int64 one = {1}, int64 two = {2}, int64[1] at = {0},
      int64[1] rest = {4}>
    { s = Shape(x)  n = Gather(s, zero)  c = Gather(s, one)  half = Div(c, two)  a = Unsqueeze(n, at)  b = Unsqueeze(two, at)
      h = Unsqueeze(half, at)  target = Concat <axis = 0> (a, b, h, rest)  t = Reshape(x, target)  y = Relu(t) })");
  EXPECT_EQ(type_of(model, "t"), "float32[N, 2, 3, 4]");
}

TEST(InferShapes, LeavesValuesOfForeignOperatorsUntyped) {
  const Model model = inferred("g (float[2] x) => (float[2] y) { t = com.acme.Foo(x)  y = com.acme.Bar(t) }");
  EXPECT_EQ(type_of(model, "t"), "no type");
}

}  // namespace
}  // namespace upkeep
