#include "cli/command_testing.hpp"

namespace upkeep {

using PruneCommand = CommandTest;

TEST_F(PruneCommand, ReachesTheSparsityAndTrainingKeepsIt) {
  write_file(folder / "net.yaml",
             "layers:\n  - input: {shape: [2]}\n  - dense: {units: 10, activation: relu}\n  - dense: {units: 1, name: out}\n");
  train_model();
  const Ran ran = run_here("prune DIR/model.onnx DIR/pruned.onnx --sparsity 0.5 --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["change"]["zeros"], 15);  // of 2 x 10 and 10 x 1 kernel elements
  ASSERT_EQ(run_here("train DIR/pruned.onnx --data DIR/line.csv --epochs 5 --seed 1 --output DIR/more.onnx").code, 0);
  const Json layers = run_here("inspect DIR/more.onnx --json").json()["layers"];
  EXPECT_GE(layers[1]["zeros"].get<int>() + layers[2]["zeros"].get<int>(), 15);
}

TEST_F(PruneCommand, TakesChannelsOutAndTrainsOn) {
  write_file(folder / "net.yaml",
             "layers:\n  - input: {shape: [2]}\n  - dense: {units: 10, activation: relu}\n  - dense: {units: 1, name: out}\n");
  train_model();
  const Ran ran = run_here("prune DIR/model.onnx DIR/pruned.onnx --granularity channel --sparsity 0.5 --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json change = ran.json()["change"];
  EXPECT_EQ(change["groups"].size(), 1);
  EXPECT_EQ(change["kept"], 5);
  EXPECT_EQ(change["parameters"], 2 * 5 + 5 + 5 + 1);
  EXPECT_EQ(change["layers"], "kept");
  ASSERT_EQ(run_here("train DIR/pruned.onnx --data DIR/line.csv --epochs 1 --seed 1 --output DIR/more.onnx").code, 0);
  const Ran rounded = run_here("prune DIR/model.onnx DIR/pruned.onnx --granularity channel --sparsity 0.5 --round-to 8");
  EXPECT_THAT(rounded.out, testing::HasSubstr("8 of 10 channels are left"));
}

TEST_F(PruneCommand, GoesByGradientsOfTheData) {
  write_file(folder / "net.yaml",
             "layers:\n  - input: {shape: [2]}\n  - dense: {units: 10, activation: relu}\n  - dense: {units: 1, name: out}\n");
  train_model();
  EXPECT_THAT(run_here("prune DIR/model.onnx DIR/p.onnx --method taylor --sparsity 0.5").err, testing::HasSubstr("give --data"));
  for (const std::string granularity : {"channel", "element"})
    for (const std::string method : {"taylor", "snip", "fisher"}) {
      const Ran ran = run_here("prune DIR/model.onnx DIR/p.onnx --method " + method + " --sparsity 0.3 --data DIR/line.csv --granularity " +
                               granularity);
      EXPECT_EQ(ran.code, 0) << ran.err;
    }
}

TEST_F(PruneCommand, WritesOnlyWhatIsAccepted) {
  write_file(folder / "net.yaml",
             "layers:\n  - input: {shape: [2]}\n  - dense: {units: 10, activation: relu}\n  - dense: {units: 1, name: out}\n");
  train_model();
  const Ran refused = run_here("prune DIR/model.onnx DIR/p.onnx --sparsity 0.95 --data DIR/line.csv --accept mae:+0.1%");
  EXPECT_EQ(refused.code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder / "p.onnx"));
  EXPECT_EQ(run_here("prune DIR/model.onnx DIR/p.onnx --sparsity 0.05 --data DIR/line.csv --accept mae:+1000%").code, 0);
}

TEST_F(PruneCommand, KnowsPatternsOfZeros) {
  write_file(
      folder / "net.yaml",
      "layers:\n  - input: {shape: [2]}\n  - dense: {units: 8, activation: relu}\n  - dense: {units: 8, activation: relu}\n  - dense: "
      "{units: 1, name: out}\n");
  train_model();
  const Ran ran = run_here("prune DIR/model.onnx DIR/p.onnx --granularity n-of-m:n=1,m=2 --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["change"]["zeros"], 8 + 32 + 4);
  EXPECT_EQ(run_here("prune DIR/model.onnx DIR/p.onnx --granularity block:rows=2,columns=4 --sparsity 0.5").code, 0);
  EXPECT_EQ(run_here("prune DIR/model.onnx DIR/p.onnx --method wanda --sparsity 0.5 --data DIR/line.csv").code, 0);
  EXPECT_THAT(run_here("prune DIR/model.onnx DIR/p.onnx --granularity n-of-m --sparsity 0.5").err, testing::HasSubstr("says how many"));
  EXPECT_THAT(run_here("prune DIR/model.onnx DIR/p.onnx --granularity filter --sparsity 0.5").err,
              testing::HasSubstr("channel, head, layer"));
  EXPECT_THAT(run_here("prune DIR/model.onnx DIR/p.onnx --granularity head --sparsity 0.5").err, testing::HasSubstr("no attention heads"));
}

TEST_F(PruneCommand, TrainsBeforeItIsJudged) {
  write_file(folder / "net.yaml",
             "layers:\n  - input: {shape: [2]}\n  - dense: {units: 32, activation: relu}\n  - dense: {units: 1, name: out}\n");
  train_model();
  const Ran ran = run_here(
      "prune DIR/model.onnx DIR/p.onnx --granularity channel --sparsity 0.75 --steps 2 --epochs 30 --data DIR/line.csv --seed 1 "
      "--validation 0.5 --accept "
      "mae:+1000% --json");
  ASSERT_EQ(ran.code, 0) << ran.err << ran.out;
  EXPECT_EQ(ran.json()["change"]["kept"], 8);
  EXPECT_EQ(ran.json()["change"]["steps"].size(), 2);
  EXPECT_TRUE(ran.json()["change"]["steps"][0]["taught"]);
  EXPECT_EQ(ran.json()["acceptance"]["rows"], 20);
  EXPECT_THAT(run_here("prune DIR/model.onnx DIR/q.onnx --sparsity 0.5 --epochs 2").err, testing::HasSubstr("--data"));
  EXPECT_THAT(run_here("prune DIR/model.onnx DIR/q.onnx --sparsity 0.5 --steps 2").err, testing::HasSubstr("--epochs"));
}

TEST_F(PruneCommand, LeavesOutResidualBlocksAsFarAsTheLimitsAllow) {
  write_file(folder / "net.yaml",
             "layers:\n  - input: {shape: [2]}\n  - dense: {units: 8, activation: relu, name: a}\n  - dense: {units: 8, activation: "
             "relu}\n  - add: "
             "{inputs: [dense, a], name: sum}\n  - dense: {units: 1, name: out}\n");
  train_model();
  const Ran ran = run_here(
      "prune DIR/model.onnx DIR/p.onnx --granularity layer --data DIR/line.csv --epochs 5 --seed 1 --validation 0.5 --accept mae:+1000% "
      "--json");
  ASSERT_EQ(ran.code, 0) << ran.err << ran.out;
  EXPECT_EQ(ran.json()["change"]["removed"][0]["name"], "sum");
  EXPECT_EQ(run_here("inspect DIR/p.onnx --json").json()["layers"].size(), 3);
  EXPECT_THAT(run_here("prune DIR/model.onnx DIR/q.onnx --granularity layer --sparsity 1 --data DIR/line.csv").err,
              testing::HasSubstr("[0, 1)"));
  EXPECT_EQ(run_here("prune DIR/model.onnx DIR/q.onnx --granularity layer --data DIR/line.csv --accept mae:0").code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder / "q.onnx"));
}

TEST_F(PruneCommand, SaysWhatIsWrong) {
  train_model();
  EXPECT_THAT(run_here("prune DIR/model.onnx DIR/p.onnx").err, testing::HasSubstr("--sparsity"));
  EXPECT_THAT(run_here("prune DIR/model.onnx DIR/p.onnx --sparsity 1.5").err, testing::HasSubstr("[0, 1)"));
  EXPECT_THAT(run_here("prune DIR/model.onnx DIR/p.onnx --method magnitud:sparsity=0.5").err, testing::HasSubstr("magnitude"));
  EXPECT_FALSE(std::filesystem::exists(folder / "p.onnx"));
  const auto nowhere = [&](const std::string& file) {
    return run_here("prune DIR/model.onnx " + file + " --sparsity 0.5 --data DIR/line.csv --epochs 100000").err;  // before any training
  };
  EXPECT_THAT(nowhere("DIR/none/p.onnx"), testing::HasSubstr("there is no folder"));
  EXPECT_THAT(nowhere("DIR/p.txt"), testing::HasSubstr("cannot write a model as"));
}

}  // namespace upkeep
