#include "cli/command_testing.hpp"

namespace upkeep {

using ConvertCommand = CommandTest;

TEST_F(ConvertCommand, GoesToKerasAndBackWithTheSameAnswers) {
  train_model();
  const Ran there = run_here("convert DIR/model.onnx DIR/model.h5 --json");
  ASSERT_EQ(there.code, 0) << there.err;
  EXPECT_EQ(there.json()["comparison"]["rows"], 64);
  write_file(folder / "rows.csv", "a,b\n1,2\n3,4\n");
  const Ran back = run_here("convert DIR/model.h5 DIR/back.onnx --verify DIR/rows.csv");
  ASSERT_EQ(back.code, 0) << back.err;
  const std::string evaluate = "evaluate DIR/back.onnx --data DIR/line.csv --target y --features a,b --json";
  EXPECT_EQ(run_here(evaluate).json()["metrics"], run_here("evaluate DIR/model.onnx --data DIR/line.csv --json").json()["metrics"]);
}

// A sum and a division become one rescaling, which rounds otherwise: no difference at all is too much to ask.
TEST_F(ConvertCommand, NamesTheLayerWhereTheAnswersPartAndLeavesNoFile) {
  write_file(folder / "thirds.onnxtxt",
             "<ir_version: 10, opset_import: [\"\": 21]>\ng (float[n,3] x) => (float[n,2] y)\n"
             "<float a = {0.7}, float b = {3}, float[3,2] w = {1,2,3,4,5,6}> { s = Add(x, a) h = Div(s, b) y = MatMul(h, w) }\n");
  const Ran exact = run_here("convert DIR/thirds.onnxtxt DIR/thirds.h5 --tolerance 0");
  EXPECT_EQ(exact.code, 1);
  EXPECT_THAT(exact.err, testing::ContainsRegex("at output \"y\", row [0-9]+; the two part at layer \"rescaling\" \\(rescaling\\), by"));
  EXPECT_FALSE(std::filesystem::exists(folder / "thirds.h5"));
  const Ran close = run_here("convert DIR/thirds.onnxtxt DIR/thirds.h5");
  ASSERT_EQ(close.code, 0) << close.err;
  EXPECT_THAT(close.out, testing::HasSubstr("ulp"));
}

TEST_F(ConvertCommand, FailsWithoutAFile) {
  train_model();
  const Ran unknown = run_here("convert DIR/model.onnx DIR/model.xyz");
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.err, testing::HasSubstr(".h5"));
  EXPECT_EQ(run_here("convert DIR/none.h5 DIR/model.onnx2").code, 1);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) ++files;
  EXPECT_EQ(files, 3U);  // line.csv, net.yaml, model.onnx
}

}  // namespace upkeep
