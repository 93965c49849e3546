#include "cli/command_testing.hpp"

namespace upkeep {

class QuantizeCommand : public CommandTest {
 protected:
  QuantizeCommand() {
    write_file(folder / "net.yaml",
               "layers:\n  - input: {shape: [2]}\n  - dense: {units: 10, activation: relu}\n  - dense: {units: 1, name: out}\n");
    train_model();
  }
};

TEST_F(QuantizeCommand, WritesAModelThatAnswersAlmostTheSameWithIntegers) {
  const Ran ran = run_here("quantize DIR/model.onnx DIR/small.onnx --method static --data DIR/line.csv --target y --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json facts = ran.json()["change"];
  EXPECT_EQ(facts["integer_operators"]["QGemm"], 2);
  EXPECT_EQ(facts["fell_back"].size(), 0U);
  EXPECT_GT(facts["sqnr"].begin()->get<double>(), 30);
  const Ran judged = run_here("evaluate DIR/small.onnx --data DIR/line.csv --target y --metrics mae --json");
  ASSERT_EQ(judged.code, 0) << judged.err;
  const Ran before = run_here("evaluate DIR/model.onnx --data DIR/line.csv --target y --metrics mae --json");
  EXPECT_NEAR(judged.json()["metrics"]["mae"].get<double>(), before.json()["metrics"]["mae"].get<double>(), 0.1);
}

TEST_F(QuantizeCommand, ShowsTheErrorOfEachLayer) {
  const Ran ran = run_here("quantize DIR/model.onnx DIR/small.onnx --data DIR/line.csv --target y --report DIR/page.html --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  for (const Json& layer : ran.json()["change"]["layers"]) EXPECT_GT(layer["sqnr"].get<double>(), 20) << layer.dump();
  EXPECT_THAT(read_file(folder / "page.html"), testing::HasSubstr("only this layer is quantised"));
}

TEST_F(QuantizeCommand, SaysThatRowsAreMadeUp) {
  const Ran ran = run_here("quantize DIR/model.onnx DIR/small.onnx --seed 3");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, testing::HasSubstr("made-up rows (--seed 3)"));
}

TEST_F(QuantizeCommand, SaysWhatIsWrongAndLeavesNoFile) {
  write_file(folder / "gap.csv", "a,b,y\n1,2,3\n4,,5\n");
  const Ran gap = run_here("quantize DIR/model.onnx DIR/small.onnx --data DIR/gap.csv --target y");
  EXPECT_EQ(gap.code, 1);
  EXPECT_THAT(gap.err, testing::AllOf(testing::HasSubstr("row 2"), testing::HasSubstr("\"b\"")));
  EXPECT_THAT(run_here("quantize DIR/model.onnx DIR/small.onnx --method statc").err, testing::HasSubstr("static"));
  EXPECT_THAT(run_here("quantize DIR/model.onnx DIR/small.onnx --method static:calibrator=entropi").err, testing::HasSubstr("entropy"));
  EXPECT_THAT(run_here("quantize DIR/model.onnx DIR/small.onnx --keep-float nothing").err, testing::HasSubstr("nothing"));
  EXPECT_THAT(run_here("quantize DIR/model.onnx DIR/small.onnx --data DIR/line.csv --target z").err, testing::HasSubstr("\"z\""));
  write_file(folder / "endless.csv", "a,b,y\n1,2,3\n4,inf,5\n");
  const Ran endless = run_here("quantize DIR/model.onnx DIR/small.onnx --data DIR/endless.csv --target y");
  EXPECT_THAT(endless.err, testing::AllOf(testing::HasSubstr("row 2"), testing::HasSubstr("infinity"), testing::HasSubstr("\"b\"")));
  EXPECT_EQ(run_here("quantize DIR/model.onnx DIR/none/small.onnx --data DIR/line.csv --target y --report DIR/page.html").code, 1);
  EXPECT_EQ(run_here("quantize DIR/model.onnx DIR/small.onnx --data DIR/line.csv --target y --report DIR/none/page.html").code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder / "page.html"));
  EXPECT_THAT(run_here("quantize DIR/model.onnx DIR/small.onnx --layer out --seed 1").err, testing::HasSubstr("weight_bits"));
  EXPECT_THAT(run_here("quantize DIR/model.onnx DIR/small.onnx --layer nothing:weight_bits=4 --seed 1").err, testing::HasSubstr("nothing"));
  EXPECT_FALSE(std::filesystem::exists(folder / "small.onnx"));
  ASSERT_EQ(run_here("quantize DIR/model.onnx DIR/small.onnx --seed 1").code, 0);
  EXPECT_THAT(run_here("quantize DIR/small.onnx DIR/smaller.onnx --seed 1").err, testing::HasSubstr("quantised already"));
  EXPECT_FALSE(std::filesystem::exists(folder / "smaller.onnx"));
}

TEST_F(QuantizeCommand, SaysOfHowManyRowsAndBitsItsFiguresAre) {
  const Ran ran = run_here("quantize DIR/model.onnx DIR/small.onnx --data DIR/line.csv --target y --layer out:weight_bits=4");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, testing::AllOf(testing::HasSubstr("dB, on 40 of 40 rows"), testing::HasSubstr("4 bits in int8")));
}

TEST_F(QuantizeCommand, RefusesFormatsThatHoldNoIntegers) {
  for (const std::string ending : {".keras", ".h5", ".safetensors", ".npz"}) {
    const Ran ran = run_here("quantize DIR/model.onnx DIR/small" + ending + " --data DIR/line.csv --target y");
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, testing::HasSubstr("--verify none"));
    EXPECT_FALSE(std::filesystem::exists(folder / ("small" + ending)));
  }
}

TEST_F(QuantizeCommand, SaysHowAQuantisedModelBecomesAKerasFile) {
  ASSERT_EQ(run_here("quantize DIR/model.onnx DIR/small.onnx --data DIR/line.csv --target y").code, 0);
  const Ran refused = run_here("convert DIR/small.onnx DIR/small.keras");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, testing::AllOf(testing::HasSubstr("--tolerance"), testing::HasSubstr("--verify none")));
  EXPECT_EQ(run_here("convert DIR/small.onnx DIR/small.keras --verify none").code, 0);
}

TEST_F(QuantizeCommand, WritesNothingThatIsNotAccepted) {
  const Ran refused = run_here("quantize DIR/model.onnx DIR/small.onnx --data DIR/line.csv --target y --accept mae:+1e-9");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, testing::HasSubstr("mae"));
  EXPECT_FALSE(std::filesystem::exists(folder / "small.onnx"));
  const Ran accepted = run_here("quantize DIR/model.onnx DIR/small.onnx --data DIR/line.csv --target y --accept mae:+0.5 --json");
  ASSERT_EQ(accepted.code, 0) << accepted.err;
  EXPECT_TRUE(accepted.json().contains("acceptance"));
}

}  // namespace upkeep
