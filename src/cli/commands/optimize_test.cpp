#include "cli/command_testing.hpp"

namespace upkeep {

using OptimizeCommand = CommandTest;

namespace {

constexpr const char* kNet =
    "layers:\n  - input: {shape: [2]}\n  - dense: {units: 512, activation: relu}\n  - dense: {units: 1, name: out}\n";

}  // namespace

TEST_F(OptimizeCommand, FindsASmallerModelWithinTheLimitAndSaysHow) {
  write_file(folder / "net.yaml", kNet);
  std::string csv = "a,b,y\n";
  for (int i = 0; i < 600; ++i) csv += upkeep::format("{},{},{}\n", i % 7 / 7.0, i % 11 / 11.0, 2 * (i % 7) / 7.0 - i % 11 / 11.0);
  write_file(folder / "line.csv", csv);
  train_model();
  const std::string command =
      "optimize DIR/model.onnx DIR/small.onnx --data DIR/line.csv --accept mae:+0.3 --goal size --epochs 1 --seed 1 --report "
      "DIR/front.html "
      "--checkpoint DIR/search --json";
  const Ran ran = run_here(command);
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json found = ran.json();
  EXPECT_GT(found["candidates"].size(), 5U);
  EXPECT_THAT(found["best"].get<std::string>(), testing::HasSubstr("% of the channels"));
  EXPECT_LT(std::filesystem::file_size(folder / "small.onnx"), std::filesystem::file_size(folder / "model.onnx"));
  EXPECT_THAT(read_file(folder / "front.html"), testing::HasSubstr("on the front"));
  EXPECT_THAT(run_here("inspect DIR/small.onnx").out, testing::HasSubstr("accepted"));
  const Ran again = run_here(command);  // from what the first one trained
  EXPECT_EQ(again.json()["candidates"].size(), found["candidates"].size());
  EXPECT_THAT(again.err, testing::Not(testing::HasSubstr("train 1 epochs")));
}

TEST_F(OptimizeCommand, WritesNothingThatIsNotAccepted) {
  write_file(folder / "net.yaml", kNet);
  train_model();
  const Ran ran = run_here("optimize DIR/model.onnx DIR/small.onnx --data DIR/line.csv --accept latency:-99% --accept mae:+1% --budget 5s");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, testing::HasSubstr("nothing was written"));
  EXPECT_FALSE(std::filesystem::exists(folder / "small.onnx"));
}

TEST_F(OptimizeCommand, SaysWhatIsMissing) {
  write_file(folder / "net.yaml", kNet);
  train_model();
  EXPECT_THAT(run_here("optimize DIR/model.onnx DIR/o.onnx --data DIR/line.csv").err, testing::HasSubstr("give --accept"));
  EXPECT_THAT(run_here("optimize DIR/model.onnx DIR/o.onnx --accept mae:+1%").err, testing::HasSubstr("--data"));
  EXPECT_THAT(run_here("optimize DIR/model.onnx DIR/o.onnx --data DIR/line.csv --accept mae:-1%").err, testing::HasSubstr("mae"));
  EXPECT_THAT(run_here("optimize DIR/model.onnx DIR/o.onnx --data DIR/line.csv --accept latency:-10%").err,
              testing::HasSubstr("no limit says"));
}

}  // namespace upkeep
