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

TEST_F(PruneCommand, SaysWhatIsWrong) {
  train_model();
  EXPECT_THAT(run_here("prune DIR/model.onnx DIR/p.onnx").err, testing::HasSubstr("--sparsity"));
  EXPECT_THAT(run_here("prune DIR/model.onnx DIR/p.onnx --sparsity 1.5").err, testing::HasSubstr("[0, 1)"));
  EXPECT_THAT(run_here("prune DIR/model.onnx DIR/p.onnx --method magnitud:sparsity=0.5").err, testing::HasSubstr("magnitude"));
  EXPECT_FALSE(std::filesystem::exists(folder / "p.onnx"));
}

}  // namespace upkeep
