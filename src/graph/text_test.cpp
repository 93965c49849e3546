#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error_testing.hpp"
#include "graph/onnx.hpp"
#include "graph/ops.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Model small_model() {
  Model model;
  model.graph.name = "net";
  Ops ops(model);
  const auto scope = ops.scope("dense_1/");
  const Value x = ops.input("x:0", DType::kFloat32, {"batch size", 2});
  const Value w = ops.initializer("dense_1/kernel", Tensor({2, 2}, std::vector<float>{0.1f, -1e-7f, 3, std::numeric_limits<float>::max()}));
  ops.output(ops.relu(ops.matmul(x, w)), "y");
  set(model.metadata, "upkeep.layers", "[{\"name\": \"dense_1\", \"kind\": \"dense\"}]\nand \\ a second line");
  return model;
}

TEST(Text, BringsEverythingBack) {
  const Model model = small_model();
  EXPECT_EQ(model_to_bytes(model_from_text(model_to_text(model))), model_to_bytes(model));
}

TEST(Text, IsPlainOnnxTextForOthers) {
  EXPECT_THAT(model_to_text(small_model()), AllOf(HasSubstr("dense_1_kernel"), HasSubstr("upkeep.layers"), Not(HasSubstr("\"x:0\" ("))));
}

TEST(Text, KeepsNamesApartThatItWritesAlike) {
  Model model;
  Ops ops(model);
  const Value a = ops.input("a/b", DType::kFloat32, {1});
  const Value b = ops.input("a:b", DType::kFloat32, {1});
  const Value c = ops.input("a_b", DType::kFloat32, {1});
  const Value d = ops.input("float", DType::kFloat32, {1});
  ops.output(ops.node("Sum", {a, b, c, d}), "nan");
  EXPECT_EQ(model_to_bytes(model_from_text(model_to_text(model))), model_to_bytes(model));
}

TEST(Text, KeepsEveryBitOfItsNumbers) {
  Model model;
  Ops ops(model);
  const Value x = ops.input("x", DType::kFloat64, {3});
  const double third = 1.0 / 3;
  const Value w = ops.initializer("w", Tensor({3}, std::vector<double>{third, std::nextafter(third, 1), 1e300}));
  ops.output(ops.mul(x, w), "y");
  EXPECT_EQ(*model_from_text(model_to_text(model)).graph.initializer("w"), *model.graph.initializer("w"));
}

TEST(Text, KeepsInfinities) {
  Model model;
  Ops ops(model);
  const float inf = std::numeric_limits<float>::infinity();
  const Value w = ops.initializer("w", Tensor({2}, std::vector<float>{inf, -inf}));
  ops.output(ops.mul(ops.input("x", DType::kFloat32, {2}), w), "y");
  EXPECT_THAT(model_from_text(model_to_text(model)).graph.initializer("w")->floats(), ElementsAre(inf, -inf));
}

TEST(Text, WritesTensorsOfEveryKindThatItCan) {
  Model model;
  Graph& graph = model.graph;
  graph.initializers = {{"i8", Tensor({2}, std::vector<std::int8_t>{-128, 127})},
                        {"u8", Tensor({1}, std::vector<std::uint8_t>{255})},
                        {"i16", Tensor({1}, std::vector<std::int16_t>{-32768})},
                        {"u16", Tensor({1}, std::vector<std::uint16_t>{65535})},
                        {"i32", Tensor({1}, std::vector<std::int32_t>{std::numeric_limits<std::int32_t>::min()})},
                        {"u32", Tensor({1}, std::vector<std::uint32_t>{std::numeric_limits<std::uint32_t>::max()})},
                        {"i64", Tensor({1}, std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min()})},
                        {"u64", Tensor({1}, std::vector<std::uint64_t>{std::numeric_limits<std::uint64_t>::max()})},
                        {"b", Tensor({2}, std::vector<bool>{true, false})},
                        {"s", Tensor({2}, std::vector<std::string>{"a \"b\"", "c\\d"})},
                        {"scalar", Tensor::scalar(1.5f)},
                        {"none", Tensor(Shape{0, 3}, std::vector<float>{})}};
  EXPECT_EQ(model_to_bytes(model_from_text(model_to_text(model))), model_to_bytes(model));
}

TEST(Text, RefusesWhatItWouldLose) {
  const auto text_of = [](const Tensor& tensor) {
    Model model;
    model.graph.initializers = {{"w", tensor}};
    return message_of([&] { model_to_text(model); });
  };
  EXPECT_THAT(text_of(Tensor::scalar(1.0f).cast(DType::kFloat16)), HasSubstr("ONNX text cannot hold a tensor of float16"));
  EXPECT_EQ(text_of(Tensor::scalar(std::numeric_limits<float>::denorm_min())), "no error") << "subnormal numbers come back";
  Model model;
  model.training_tensors = {{"m/w", Tensor::scalar(1.0f)}};
  EXPECT_THAT(message_of([&] { model_to_text(model); }), HasSubstr("training"));
}

TEST(Text, LeavesDocumentationOut) {
  Model model = small_model();
  model.graph.nodes[0].doc = "a stack trace";
  EXPECT_TRUE(model_from_text(model_to_text(model)).graph.nodes[0].doc.empty());
}

TEST(Text, KeepsSubgraphsFunctionsAndAbsentInputs) {
  const std::string text = R"(<ir_version: 10, opset_import: ["": 21, "local": 1]>
    g (bool c, float[N,3,8,8] x, float[4] scales) => (float[] y, seq(float[K]) s) {
      r = Resize(x, , scales)
      t = If(c)<then_branch = t () => (float[] a) { a = Relu(r) }, else_branch = e () => (float[] b) { b = local.act<alpha: float = 2>(r) }>
      y = Clip(t)
      s = SequenceConstruct(y)
    }
    <domain: "local", opset_import: ["": 21]>
    act <alpha> (a) => (b) { b = LeakyRelu<alpha: float = @alpha>(a) })";
  const Model model = model_from_text(text);
  EXPECT_EQ(model.functions.size(), 1u);
  const Model again = model_from_text(model_to_text(model));
  EXPECT_EQ(model_to_text(again), model_to_text(model));
  EXPECT_THAT(again.graph.nodes[0].inputs, ElementsAre("x", "", "scales"));
}

TEST(Text, SaysWhereItCannotBeRead) {
  EXPECT_THAT(
      message_of([] { model_from_text("<ir_version: 10, opset_import: [\"\": 21]>\ng (float[2] x) => (float[2] y) { y = Relu(x }"); }),
      AllOf(HasSubstr("not ONNX text"), HasSubstr("line: 2")));
  EXPECT_THROW(model_from_text(""), Error);
  EXPECT_THROW(model_from_text("<ir_version: 99999999999999999999>"), Error);
  EXPECT_THROW(model_from_text(std::string_view("<ir_version: 10\0>", 17)), Error);
}

TEST(Text, RefusesDeepNesting) {
  std::string text = "<ir_version: 10, opset_import: [\"\": 21]> g (";
  for (int i = 0; i < 100'000; ++i) text += "seq(";
  EXPECT_THAT(message_of([&] { model_from_text(text); }), HasSubstr("nests more than"));
}

TEST(Text, NeverCrashesWhenItIsCutShort) {
  const std::string text = model_to_text(small_model());
  for (std::size_t size = 0; size + 3 < text.size(); ++size)
    EXPECT_THROW(model_from_text(std::string_view(text).substr(0, size)), Error) << size;
}

}  // namespace
}  // namespace upkeep
