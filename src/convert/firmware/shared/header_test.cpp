#include "convert/firmware/shared/header.hpp"

#include "base/files.hpp"
#include "convert/firmware/compiled_test.hpp"
#include "convert/firmware/shared/code.hpp"
#include "convert/firmware/shared/run.hpp"
#include "graph/onnx.hpp"

namespace upkeep::firmware {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

const CompiledGraphs kGraphs(
    "FirmwareHeader", {"(float[2,3] class, int64[2] new) => (float detail, int64 sum) { detail = Relu(class) sum = Add(new, new) }",
                       "(float[3] x) => (float x2, float y, float z, float one) <float[1] c = {1.5}> { x2 = Identity(x) y = Exp(x) z = "
                       "Identity(y) one = Identity(c) }",
                       "(float x) => (float y) { y = Neg(x) }", "(float[2] unread, float[2] x) => (float y) { y = Neg(x) }",
                       "(float[3] x) => (float y) { s = Shape(x) c = Cast<to = 1>(s) y = Add(x, c) }"});

std::string refusal(const std::string& graph) {
  return message_of([&] { header_of(model_in_short(graph)); });
}

}  // namespace

TEST(FirmwareHeader, AnswersAsOnnxRuntime) { kGraphs.expect_equal_answers(); }

TEST(FirmwareHeader, NamesAllOperatorsThatItCannotWriteAtOnce) {
  EXPECT_THAT(refusal("(float[2,2] x) => (float y, int64 z) { a = Det(x) z = NonZero(x) y = Exp(a) }"),
              AllOf(HasSubstr("Det, NonZero"), Not(HasSubstr("Exp"))));
}

TEST(FirmwareHeader, TakesNoSizeButTheBatchToBeOpen) {
  EXPECT_THAT(refusal("(float[N,M] x) => (float y) { y = Exp(x) }"), AllOf(HasSubstr("input \"x\""), HasSubstr("float32[N, M]")));
}

TEST(FirmwareHeader, SaysWhichNodeItCannotWrite) {
  EXPECT_THAT(refusal("(float[4] x) => (float y) { y = Cast<to = 10>(x) z = Exp(x) }"), HasSubstr("float16"));
}

TEST(FirmwareHeader, MovesNothingWhereOnlyAxesOfSizeOneMove) {
  const std::string text =
      header_of(model_in_short("(float[1,4,1,2] x) => (float y) { a = Transpose<perm = [0, 2, 1, 3]>(x) y = Relu(a) }"));
  EXPECT_THAT(text, Not(HasSubstr("Transpose")));
}

TEST(FirmwareHeader, SaysWhatItTakes) {
  const std::string text = header_of(
      model_in_short("(float[N,4] x) => (float y) <float[4,2] w = {1, 2, 3, 4, 5, 6, 7, 8}> { a = MatMul(x, w) y = Transpose(a) }"));
  EXPECT_THAT(text, AllOf(HasSubstr("// input   x                float32 [1, 4]"), HasSubstr("8 numbers, 32 bytes of constants"),
                          HasSubstr("inline constexpr std::size_t y_count = 2;"), HasSubstr("SHA-256"), HasSubstr("model.predict(x, y);")));
}

// What the compiler makes of the text, bit for bit.
TEST(FirmwareHeader, KeepsEveryBitOfAWeight) {
  using Floats = std::numeric_limits<float>;
  const Tensor floats({8},
                      std::vector<float>{0.1F, -0.0F, 1.0F, Floats::max(), Floats::denorm_min(), -Floats::infinity(), 16777217.0F, 1e-40F});
  const Tensor doubles({3}, std::vector<double>{0.1, -1e300, 5e-324});
  const Tensor integers({2}, std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()});
  Model model = model_in_short("(float[1] x) => (float a, double b, int64 c) { a = Identity(f) b = Identity(d) c = Identity(i) }");
  model.graph.initializers = {{"f", floats}, {"d", doubles}, {"i", integers}};
  const TemporaryFolder folder;
  write_file(folder / "model.hpp", header_of(model));
  const Tensors answers =
      run_headers({{.file = folder / "model.hpp", .interface = interface_of(model), .inputs = {{"x", Tensor({1}, std::vector<float>{0})}}}},
                  compiler().value())
          .at(0);
  EXPECT_EQ(answers.at("a"), floats);
  EXPECT_EQ(answers.at("b"), doubles);
  EXPECT_EQ(answers.at("c"), integers);
}

TEST(FirmwareCode, JoinsLoopsThatStepAsOne) {
  Code code;
  write_loops(code, {2, 1, 3, 4}, {walk_of({2, 1, 3, 4}), broadcast_walk({2, 1, 1, 1}, {2, 1, 3, 4})},
              [&](const auto& at) { code.line("y[" + at[0] + "] = x[" + at[1] + "];"); });
  EXPECT_EQ(code.text(), R"(for (std::size_t i0 = 0; i0 < 2; ++i0) {
  for (std::size_t i1 = 0; i1 < 12; ++i1) {
    y[i0 * 12 + i1] = x[i0];
  }
}
)");
}

TEST(FirmwareCode, MakesIdentifiersOfAnyName) {
  EXPECT_EQ(identifier("dense/kernel:0"), "dense_kernel_0");
  EXPECT_EQ(identifier("__x__"), "x");
  EXPECT_EQ(identifier("3d"), "n3d");
  EXPECT_EQ(identifier("\u00e9"), "n");
}

}  // namespace upkeep::firmware
