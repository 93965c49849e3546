#include "cli/command_testing.hpp"

namespace upkeep {

using testing::AllOf;
using testing::HasSubstr;

using DistillCommand = CommandTest;

TEST_F(DistillCommand, TrainsAStudentBesideItsControl) {
  write_file(folder / "big.yaml",
             "layers:\n  - input: {shape: [2]}\n  - dense: {units: 16, activation: relu}\n  - dense: {units: 1, name: out}\n");
  ASSERT_EQ(
      run_here("train DIR/big.yaml --data DIR/line.csv --target y --loss mse --metrics mae --epochs 30 --seed 1 --output DIR/big.onnx")
          .code,
      0);
  const Ran ran = run_here("distill DIR/net.yaml DIR/small.onnx --teacher DIR/big.onnx --data DIR/line.csv --epochs 5 --seed 1 --json");
  ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_EQ(ran.json()["validation_rows"], 8);
  EXPECT_EQ(ran.json()["control"]["findings"][0]["what"], "mae");
  EXPECT_EQ(run_here("inspect DIR/small.onnx --json").json()["acceptance"]["pass"], "distill");
  EXPECT_EQ(run_here("evaluate DIR/small.onnx --data DIR/line.csv").code, 0);
}

TEST_F(DistillCommand, MatchesLayers) {
  write_file(folder / "big.yaml",
             "layers:\n  - input: {shape: [2]}\n  - dense: {units: 16, activation: relu, name: wide}\n  - dense: {units: 1, name: out}\n");
  write_file(folder / "small.yaml",
             "layers:\n  - input: {shape: [2]}\n  - dense: {units: 4, activation: relu, name: thin}\n  - dense: {units: 1, name: out}\n");
  ASSERT_EQ(
      run_here("train DIR/big.yaml --data DIR/line.csv --target y --loss mse --metrics mae --epochs 5 --seed 1 --output DIR/big.onnx").code,
      0);
  const std::string distill =
      "distill DIR/small.yaml DIR/small.onnx --teacher DIR/big.onnx --data DIR/line.csv --epochs 2 --seed 1 --match ";
  EXPECT_EQ(run_here(distill + "thin=wide").code, 0);
  EXPECT_THAT(run_here(distill + "thin=wid").err, HasSubstr("layer of the teacher"));
  EXPECT_THAT(run_here(distill + "thin").err, HasSubstr("STUDENT=TEACHER"));
}

TEST_F(DistillCommand, RefusesAStudentThatIsTooFarFromItsTeacher) {
  train_model();
  const Ran ran = run_here(
      "distill DIR/net.yaml DIR/small.onnx --teacher DIR/model.onnx --data DIR/line.csv --epochs 1 --seed 1 --validation 0.5 --accept "
      "mae:0");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("from the teacher"), HasSubstr("trained alone")));
  EXPECT_THAT(ran.err, HasSubstr("nothing was written"));
  EXPECT_FALSE(std::filesystem::exists(folder / "small.onnx"));
}

}  // namespace upkeep
