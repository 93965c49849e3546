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

TEST_F(ConvertCommand, WritesACppHeaderAndRunsIt) {
  train_model();
  const Ran there = run_here("convert DIR/model.onnx DIR/model.hpp --json");
  ASSERT_EQ(there.code, 0) << there.err;
  EXPECT_EQ(there.json()["comparison"]["rows"], 64);
  EXPECT_THAT(read_file(folder / "model.hpp"), testing::HasSubstr("void predict(std::span<const float, input_count> input"));
  EXPECT_THAT(run_here("convert DIR/model.hpp DIR/back.onnx").err, testing::HasSubstr("not a model in any known format"));
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
