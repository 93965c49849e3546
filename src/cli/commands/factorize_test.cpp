#include "cli/command_testing.hpp"

namespace upkeep {

using testing::HasSubstr;

class FactorizeCommand : public CommandTest {
 protected:
  FactorizeCommand() {
    write_file(
        folder / "net.yaml",
        "layers:\n  - input: {shape: [2]}\n  - dense: {units: 16, activation: relu}\n  - dense: {units: 16, activation: relu}\n  - dense: "
        "{units: 1, name: out}\n");
    train_model();
  }
};

TEST_F(FactorizeCommand, WritesTwoLayersForOne) {
  const Ran ran = run_here("factorize DIR/model.onnx DIR/small.onnx --method svd:rank=3 --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["change"]["layers"][1]["ranks"], Json({3}));
  const Json layers = run_here("inspect DIR/small.onnx --json").json()["layers"];
  EXPECT_EQ(layers.size(), 5U) << layers.dump();
  EXPECT_THAT(run_here("factorize DIR/model.onnx DIR/small.onnx --method svd:rank=3").out, HasSubstr("stays: rank 2 would take"));
}

TEST_F(FactorizeCommand, RefusesWhatIsNotAcceptedAndSaysWhatIsWrong) {
  const Ran ran = run_here("factorize DIR/model.onnx DIR/none.onnx --method svd:rank=1 --data DIR/line.csv --accept mae:0");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("nothing was written"));
  EXPECT_FALSE(std::filesystem::exists(folder / "none.onnx"));
  EXPECT_THAT(run_here("factorize DIR/model.onnx DIR/none.onnx --method svd:rank=16").err, HasSubstr("no layer gets smaller"));
  EXPECT_THAT(run_here("factorize DIR/model.onnx DIR/none.onnx --method svd:rang=1").err, HasSubstr("rank"));
}

TEST_F(FactorizeCommand, GoesAsFarAsTheLimitsAllow) {
  const Ran ran =
      run_here("factorize DIR/model.onnx DIR/small.onnx --data DIR/line.csv --epochs 3 --validation 0.5 --accept mae:+10000% --json");
  ASSERT_EQ(ran.code, 0) << ran.err << ran.out;
  EXPECT_LT(ran.json()["change"]["parameters"], ran.json()["change"]["parameters_before"]);
  EXPECT_FALSE(ran.json()["acceptance"]["attempts"].empty());
}

}  // namespace upkeep
