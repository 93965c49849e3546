#include "cli/command_testing.hpp"

namespace upkeep {

using testing::HasSubstr;
using TrainCommand = CommandTest;

TEST_F(TrainCommand, FitsAndSaves) {
  const Ran ran = run_here(
      "train DIR/net.yaml --data DIR/line.csv --target y --loss mse --metrics mae --optimizer sgd:learning_rate=0.02 --epochs 200 "
      "--validation 0.25 --seed 3 --output DIR/model.onnx --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json history = ran.json()["history"];
  EXPECT_EQ(history["loss"].size(), 200U);
  EXPECT_LT(history["loss"].back().get<double>(), 0.05 * history["loss"].front().get<double>());
  EXPECT_EQ(history["val_mae"].size(), 200U);
  EXPECT_TRUE(std::filesystem::exists(folder / "model.onnx"));
}

TEST_F(TrainCommand, OneSeedGivesEqualBytes) {
  train_model("one.onnx");
  train_model("two.onnx");
  EXPECT_EQ(read_file(folder / "one.onnx"), read_file(folder / "two.onnx"));
}

TEST_F(TrainCommand, SaysWhatIsWrongInOneLine) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"train DIR/net.yaml --data DIR/line.csv --target z --loss mse", "\"z\""},
      {"train DIR/net.yaml --data DIR/none.csv --target y --loss mse", "none.csv"},
      {"train DIR/net.yaml --data DIR/line.csv --target note --loss mse", "note"},
      {"train DIR/net.yaml --data DIR/line.csv --target y --loss mze", "mse"},
      {"train DIR/net.yaml --data DIR/line.csv --target y", "--loss"},
      {"train DIR/net.yaml --data DIR/line.csv --loss mse", "--target"},
      {"train DIR/net.yaml --data DIR/line.csv --target y --loss mse --optimizer adam:learning_rat=1", "learning_rate"},
      {"train DIR/net.yaml --data DIR/line.csv --target y --loss mse --output DIR/no/model.onnx", "no"},
  };
  for (const auto& [command_line, expected] : cases) {
    const Ran ran = run_here(command_line);
    EXPECT_EQ(ran.code, 1) << command_line;
    EXPECT_THAT(ran.err, HasSubstr(expected)) << command_line;
    EXPECT_EQ(ran.out, "") << command_line;
  }
}

TEST_F(TrainCommand, WrongUsageIsExitCodeTwo) {
  for (const char* command_line : {"train", "train DIR/net.yaml", "train DIR/net.yaml --data DIR/line.csv --epochz 3",
                                   "train DIR/net.yaml --data DIR/line.csv --epochs"}) {
    const Ran ran = run_here(command_line);
    EXPECT_EQ(ran.code, 2) << command_line << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("upkeep")) << command_line;
  }
  EXPECT_THAT(run_here("train DIR/net.yaml --data DIR/line.csv --epochz 3").err, HasSubstr("--epochs"));
}

TEST_F(TrainCommand, GoesOnFromItsCheckpoint) {
  const std::string start = "train DIR/net.yaml --data DIR/line.csv --target y --loss mse --seed 5 ";
  ASSERT_EQ(run_here(start + "--epochs 10 --output DIR/whole.onnx").code, 0);
  ASSERT_EQ(run_here(start + "--epochs 4 --checkpoint DIR/run.ckpt").code, 0);
  const Ran resumed = run_here(start + "--epochs 10 --checkpoint DIR/run.ckpt --resume --output DIR/resumed.onnx");
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(read_file(folder / "whole.onnx"), read_file(folder / "resumed.onnx"));
}

TEST_F(TrainCommand, WritesLearningCurves) {
  ASSERT_EQ(run_here("train DIR/net.yaml --data DIR/line.csv --target y --loss mse --epochs 3 --seed 1 --report DIR/curves.html").code, 0);
  EXPECT_THAT(read_file(folder / "curves.html"), HasSubstr("<html"));
}

}  // namespace upkeep
