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

}  // namespace upkeep
