#include "cli/command_testing.hpp"

namespace upkeep {

using testing::HasSubstr;
using CheckCommand = CommandTest;

TEST_F(CheckCommand, SaysWhatAModelGivesAndWhatItTakes) {
  train_model();
  const Json document = run_here("check DIR/model.onnx --rows 3 --json").json();
  EXPECT_EQ(document["outputs"]["out"], parse_json(R"({"type": "float32", "shape": [3, 1]})"));
  EXPECT_GT(document["peak_memory_mb"], 1);
  EXPECT_GE(document["opened_ms"], 0);
  EXPECT_THAT(run_here("check DIR/model.onnx").out, HasSubstr("out float32 [1, 1]"));
}

TEST_F(CheckCommand, RefusesWhatTheRuntimeRefuses) {
  write_file(folder / "m.onnxtxt",
             R"(<ir_version: 10, opset_import: ["": 21]> g (float[N,2] x) => (float[N,2] y) { y = NoSuchOperator(x) })");
  const Ran ran = run_here("check DIR/m.onnxtxt");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("NoSuchOperator"));
}

TEST_F(CheckCommand, RefusesWhatFailsOnItsOwnSizes) {
  write_file(folder / "m.onnxtxt", R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N,2] x) => (float[M] y) <int64[1] shape = {-7}> { y = Reshape(x, shape) })");
  EXPECT_EQ(run_here("check DIR/m.onnxtxt").code, 1);
}

// An image of one pixel, or eight, may be too small: that does not say that the model is bad.
TEST_F(CheckCommand, ForgivesWhatFailsOnSizesThatWereMadeUp) {
  write_file(folder / "m.onnxtxt", R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N,W] x) => (float[A,B] y) <int64[2] shape = {-1, 13}> { y = Reshape(x, shape) })");
  const Ran ran = run_here("check DIR/m.onnxtxt");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("leaves sizes open"));
}

// One notion of inputs, weights and outputs: initializers that are inputs, a classifier's maps, sequences, scalars.
TEST_F(CheckCommand, RunsWhatOtherRuntimesTakeAsWell) {
  write_file(folder / "old.onnxtxt", R"(<ir_version: 3, opset_import: ["": 8]>
    g (float[N,2] x, float[2,1] w) => (float[N,1] y) <float[2,1] w = {1, 2}> { y = MatMul (x, w) })");
  write_file(folder / "maps.onnxtxt", R"(<ir_version: 8, opset_import: ["": 17, "ai.onnx.ml": 3]>
    g (float[N,2] p) => (seq(map(int64, float)) probability) { probability = ai.onnx.ml.ZipMap <classlabels_int64s = [0, 1]> (p) })");
  write_file(folder / "parts.onnxtxt", R"(<ir_version: 8, opset_import: ["": 17]>
    g (float[N,2] x, float[N] length, float rate) => (seq(float[N,1]) parts, float[N] y) {
      y = Mul (length, rate)
      parts = SplitToSequence <axis = 1> (x)
    })");
  EXPECT_EQ(run_here("check DIR/old.onnxtxt --json").json()["outputs"]["y"]["shape"], (Json{1, 1}));
  EXPECT_EQ(run_here("check DIR/maps.onnxtxt --rows 3 --json").json()["outputs"]["probability"],
            parse_json(R"({"type": "float32", "shape": [3, 2]})"));
  const Json parts = run_here("check DIR/parts.onnxtxt --rows 2 --json").json()["outputs"];
  EXPECT_EQ(parts["parts.1"]["shape"], (Json{2, 1}));
  EXPECT_EQ(parts["y"]["shape"], (Json{2}));
}

}  // namespace upkeep
