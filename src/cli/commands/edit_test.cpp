#include "cli/command_testing.hpp"

namespace upkeep {

using EditCommand = CommandTest;

TEST_F(EditCommand, AppliesItsStepsInOrder) {
  train_model();
  const Ran ran = run_here(
      "edit DIR/model.onnx DIR/edited.onnx --add dense:units=4,activation=relu,name=more --set more:units=5 --add dense:units=1 --seed 1 "
      "--json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json layers = run_here("inspect DIR/edited.onnx --json").json()["layers"];
  ASSERT_EQ(layers.size(), 4U);
  EXPECT_EQ(layers[2]["name"], "more");
  EXPECT_EQ(layers[2]["output"], "[batch, 5]");
}

TEST_F(EditCommand, ExchangesActivationsAndTrainsBehindIt) {
  write_file(folder / "net.yaml",
             "layers:\n  - input: {shape: [2]}\n  - dense: {units: 8, activation: silu}\n  - dense: {units: 1, name: out}\n");
  train_model();
  const Ran ran = run_here(
      "edit DIR/model.onnx DIR/edited.onnx --activation silu=hard_silu --data DIR/line.csv --epochs 2 --seed 1 --validation 0.5 --accept "
      "mae:+1000% --json");
  ASSERT_EQ(ran.code, 0) << ran.err << ran.out;
  EXPECT_EQ(ran.json()["before_training"]["findings"][0]["what"], "mae");
  EXPECT_EQ(ran.json()["change"]["layers"]["changed"], Json({"dense"}));
}

TEST_F(EditCommand, RefusesAnUnknownLayerAndLeavesNoFile) {
  train_model();
  const Ran ran = run_here("edit DIR/model.onnx DIR/edited.onnx --remove dence");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, testing::HasSubstr("\"dence\""));
  EXPECT_FALSE(std::filesystem::exists(folder / "edited.onnx"));
  EXPECT_THAT(run_here("edit DIR/model.onnx DIR/edited.onnx --add dens:units=3").err, testing::HasSubstr("dense"));
  EXPECT_EQ(run_here("edit DIR/model.onnx DIR/edited.onnx").code, 1);
}

}  // namespace upkeep
