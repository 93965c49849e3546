#include "cli/command_testing.hpp"
#include "graph/onnx.hpp"
#include "runtime/session.hpp"

namespace upkeep {

using GradientCommand = CommandTest;
using testing::HasSubstr;

// y = x^3 w, element by element, and its sum.
void write_cubes(const std::filesystem::path& file) {
  save_onnx(model_from_text(R"(
    <ir_version: 10, opset_import: ["": 21]>
    g (float[n] x, int64 unused) => (float[n] y, float loss) <float[1] w = {2.0}> {
      square = Mul (x, x)
      cube = Mul (square, x)
      y = Mul (cube, w)
      loss = ReduceSum <keepdims = 0> (y)
    })"),
            file);
}

Tensor numbers(std::vector<float> values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  return Tensor(shape, std::move(values));
}

TEST_F(GradientCommand, WritesAStandardGraph) {
  write_cubes(file("m.onnx"));
  const Ran ran = run_here("gradient DIR/m.onnx DIR/g.onnx --of loss --with-respect-to x,w --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["gradients"]["w"], "w_grad");
  EXPECT_TRUE(ran.json()["inputs"].empty());
  const Tensors made = Session(load_onnx(file("g.onnx"))).run({{"x", numbers({1, 2})}, {"unused", Tensor::scalar(std::int64_t{0})}});
  EXPECT_EQ(made.size(), 4U);
  EXPECT_EQ(made.at("x_grad"), numbers({6, 24}));
  EXPECT_EQ(made.at("w_grad"), numbers({9}));
}

TEST_F(GradientCommand, TakesWhatArrivesAsAnInput) {
  write_cubes(file("m.onnx"));
  ASSERT_EQ(run_here("gradient DIR/m.onnx DIR/g.onnx --of y").code, 0);
  const Tensors made = Session(load_onnx(file("g.onnx")))
                           .run({{"x", numbers({1, 2})}, {"unused", Tensor::scalar(std::int64_t{0})}, {"y_grad", numbers({1, 10})}});
  EXPECT_EQ(made.at("x_grad"), numbers({6, 240}));
}

// d2/dx2 2 x^3 = 12 x
TEST_F(GradientCommand, WorksOnItsOwnOutput) {
  write_cubes(file("m.onnx"));
  ASSERT_EQ(run_here("gradient DIR/m.onnx DIR/g.onnx --of loss").code, 0);
  const Ran ran = run_here("gradient DIR/g.onnx DIR/h.onnx --of x_grad --with-respect-to x --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["gradients"]["x"], "x_grad_2");
  const Tensors made = Session(load_onnx(file("h.onnx")))
                           .run({{"x", numbers({1, 2})}, {"unused", Tensor::scalar(std::int64_t{0})}, {"x_grad_grad", numbers({1, 1})}});
  EXPECT_EQ(made.at("x_grad_2"), numbers({12, 24}));
}

// Of the sum of squares of the first two elements, which are clipped to 2.
TEST_F(GradientCommand, TakesGraphsOfOldOperatorSets) {
  for (const std::string head : {"<ir_version: 3, opset_import: [\"\": 7]>", "<ir_version: 4, opset_import: [\"\": 9]>"}) {
    save_onnx(model_from_text(head + R"( g (float[3] x) => (float loss) {
        clipped = Clip <min = 0.0, max = 2.0> (x)
        part = Slice <axes = [0], starts = [0], ends = [2]> (clipped)
        square = Mul (part, part)
        loss = ReduceSum <keepdims = 0> (square)
      })"),
              file("old.onnx"));
    const Ran ran = run_here("gradient DIR/old.onnx DIR/g.onnx");
    ASSERT_EQ(ran.code, 0) << ran.err;
    const Tensors made = Session(load_onnx(file("g.onnx"))).run({{"x", numbers({1, 3, 1})}});
    EXPECT_EQ(made.at("x_grad"), numbers({2, 0, 0}));
  }
}

TEST_F(GradientCommand, SaysWhatIsWrong) {
  write_cubes(file("m.onnx"));
  EXPECT_THAT(run_here("gradient DIR/m.onnx DIR/g.onnx").err, HasSubstr("y, loss"));
  EXPECT_THAT(run_here("gradient DIR/m.onnx DIR/g.onnx --of los").err, HasSubstr("loss"));
  EXPECT_THAT(run_here("gradient DIR/m.onnx DIR/g.onnx --of loss --with-respect-to unused").err, HasSubstr("only floats have gradients"));
  EXPECT_FALSE(std::filesystem::exists(folder / "g.onnx"));
}

TEST_F(GradientCommand, NamesWhatStopsAGradient) {
  write_file(folder / "q.onnxtxt", R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N,2] x) => (float[N,2] y) <float s = {0.1}, int8 z = {0}, int8[2,2] w = {1, 2, 3, 4}> {
      q = QuantizeLinear (x, s, z)
      p = QLinearMatMul (q, s, z, w, s, z, s, z)
      y = DequantizeLinear (p, s, z)
    })");
  const Ran refused = run_here("gradient DIR/q.onnxtxt DIR/g.onnx");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("QLinearMatMul"));
  EXPECT_FALSE(std::filesystem::exists(folder / "g.onnx"));
  write_file(folder / "r.onnxtxt", R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[2] x) => (float[2] y) { r = Round (x) y = Mul (r, r) })");
  const Ran told = run_here("gradient DIR/r.onnxtxt DIR/g.onnx --json");
  ASSERT_EQ(told.code, 0) << told.err;
  EXPECT_THAT(told.json()["notes"].dump(), HasSubstr("Round"));
  EXPECT_THAT(run_here("gradient DIR/r.onnxtxt DIR/g.onnx").err, HasSubstr("Round"));
}

}  // namespace upkeep
