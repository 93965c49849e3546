#include "layers/testing.hpp"

namespace upkeep::layers {
namespace {

std::string foreign_text(const std::string& input, const std::string& body, const std::string& output, const std::string& constants = "") {
  return "<ir_version: 10, opset_import: [\"\": 18]> g (" + input + " x) => (" + output + " y)" +
         (constants.empty() ? "" : " <" + constants + ">") + " { " + body + " }";
}

Tensor foreign_numbers(const Shape& shape) {
  Random random(5);
  std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
  for (float& value : values) value = static_cast<float>(random.normal());
  return Tensor(shape, std::move(values));
}

void expect_same(const std::string& text, const Shape& shape, float roundings = 16) {
  SCOPED_TRACE(text);
  expect_equal_answers(text, foreign_numbers(shape), roundings, Recognition::kLayersAndFunctions);
}

struct Case {
  const char* body;
  const char* output;
  const char* constants = "";
};

TEST(ForeignOperations, AnswerAsTheGraphDoes) {
  for (const Case& one :
       {Case{"y = Gather <axis = 1> (x, at)", "float[N, 4]", "int64 at = {-2}"},
        Case{"y = Gather <axis = 2> (x, at)", "float[N, 3, 3]", "int64[3] at = {-1, 0, 0}"},
        Case{"y = Slice(x, from, to, axes, steps)", "float[N, 2, 2]",
             "int64[2] from = {-2, 0}, int64[2] to = {9, 4}, int64[2] axes = {1, 2}, int64[2] steps = {1, 2}"},
        Case{"y = Slice(x, from, to, axes, steps)", "float[N, 3, 4]",
             "int64[1] from = {-1}, int64[1] to = {-9223372036854775808}, int64[1] axes = {2}, int64[1] steps = {-1}"},
        Case{"y = ReduceL2 <keepdims = 1> (x, axes)", "float[N, 3, 1]", "int64[1] axes = {-1}"},
        Case{"y = ReduceSum <keepdims = 0> (x, axes)", "float[N, 4]", "int64[1] axes = {1}"},
        Case{"a = Unsqueeze(x, axes) b = Tile(a, times) y = Squeeze(b, first)", "float[N, 3, 2, 4]",
             "int64[2] axes = {1, 3}, int64[5] times = {1, 1, 1, 2, 1}, int64[1] first = {1}"},
        Case{"z = Slice(x, from, to, to) y = Expand(z, sizes)", "float[N, 3, 4]",
             "int64[3] sizes = {1, 3, 1}, int64[1] from = {0}, int64[1] to = {1}"},
        Case{"y = Pad <mode = \"edge\"> (x, pads)", "float[N, 6, 5]", "int64[6] pads = {0, 1, 0, 0, 2, 1}"},
        Case{"y = Pad <mode = \"reflect\"> (x, pads)", "float[N, 6, 5]", "int64[6] pads = {0, 1, 0, 0, 2, 1}"},
        Case{"y = Pad(x, pads, filling)", "float[N, 4, 4]", "int64[6] pads = {0, 1, 0, 0, 0, 0}, float filling = {-2.5}"},
        Case{"a = Transpose <perm = [1, 0, 2]> (x) b = ReduceMax <keepdims = 1> (a, axes) c = Sub(a, b) d = Exp(c) "
             "y = Transpose <perm = [1, 0, 2]> (d)",
             "float[N, 3, 4]", "int64[1] axes = {0}"},
        Case{"p = Greater(x, zero) n = Mul(x, tenth) y = Where(p, x, n)", "float[N, 3, 4]", "float zero = {0}, float tenth = {0.1}"},
        Case{"a = Clip(x, low) b = Pow(a, three) y = Div(b, a)", "float[N, 3, 4]", "float low = {0.25}, float three = {3}"},
        Case{"t = Transpose <perm = [0, 2, 1]> (x) y = MatMul(x, t)", "float[N, 3, 3]"},
        Case{"y = Einsum <equation = \"bij,bkj->bik\"> (x, x)", "float[N, 3, 3]"}})
    expect_same(foreign_text("float[N, 3, 4]", one.body, one.output, one.constants), {2, 3, 4});
}

TEST(ForeignOperations, KeepConstantsWithAxesAsWeights) {
  for (const char* body : {"y = Mul(x, row)", "y = Add(x, table)", "y = Sub(table, x)", "y = Sub(x, table)", "y = Div(x, table)",
                           "a = Mul(x, row) y = Add(a, table)", "a = Mul(x, column) y = Sub(a, row)"}) {
    expect_same(foreign_text("float[N, 3, 4]", body, "float[N, 3, 4]",
                             "float[4] row = {1, -2, 0.5, 3}, float[3, 1] column = {-1, 2, 0.25}, "
                             "float[1, 3, 4] table = {1, 2, 3, 4, -5, 6, 7, 8, 9, 10, -11, 12}"),
                {2, 3, 4});
  }
}

TEST(ForeignOperations, AreNamedWhereNoneIsKnown) {
  EXPECT_THAT(message_of([] {
                recognised(foreign_text("float[N, 4]", "a = Sin(x) y = CumSum(a, axis)", "float[N, 4]", "int64 axis = {1}"),
                           Recognition::kLayersAndFunctions);
              }),
              testing::HasSubstr("1 of the graph's nodes is no known layer: CumSum \"y\""));
}

// Any rule, to any size: each new element is a sum of old ones.
TEST(ForeignOperations, ResizeAsOnnxDoes) {
  for (const char* attributes : {"mode = \"linear\", coordinate_transformation_mode = \"align_corners\"", "mode = \"linear\"",
                                 "mode = \"cubic\", coordinate_transformation_mode = \"pytorch_half_pixel\", cubic_coeff_a = -0.75",
                                 "mode = \"nearest\", coordinate_transformation_mode = \"asymmetric\", nearest_mode = \"floor\"",
                                 "mode = \"nearest\"", "mode = \"linear\", coordinate_transformation_mode = \"asymmetric\""})
    expect_same(foreign_text("float[2, 2, 4, 5]", "y = Resize <" + std::string(attributes) + "> (x, , , sizes)", "float[2, 2, 7, 3]",
                             "int64[4] sizes = {2, 2, 7, 3}"),
                {2, 2, 4, 5}, 32);
}

// A class token: its batch is that of x.
TEST(ForeignOperations, SpreadAConstantOverTheBatch) {
  const std::string text = foreign_text("float[N, 3, 4]",
                                        "s = Shape <start = 0, end = 1> (x) sizes = Concat <axis = 0> (s, rest) c = Expand(token, sizes) "
                                        "y = Concat <axis = 1> (c, x)",
                                        "float[N, 4, 4]", "int64[2] rest = {1, 4}, float[1, 1, 4] token = {1, -2, 3, 0.5}");
  expect_same(text, {3, 3, 4});
}

TEST(ForeignOperations, ArePartOfNoLayerViewThatTrains) {
  EXPECT_THAT(message_of([] {
                recognised(foreign_text("float[N, 3, 4]", "a = Relu(x) y = Gather <axis = 1> (a, at)", "float[N, 4]", "int64 at = {0}"));
              }),
              testing::HasSubstr("1 of the graph's nodes is no known layer: Gather \"y\""));
}

}  // namespace
}  // namespace upkeep::layers
