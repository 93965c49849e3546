#include "cli/command_testing.hpp"

namespace upkeep {

using EvaluateCommand = CommandTest;

TEST_F(EvaluateCommand, UsesWhatTheModelWasCompiledWith) {
  train_model();
  const Ran ran = run_here("evaluate DIR/model.onnx --data DIR/line.csv --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json document = ran.json();
  EXPECT_EQ(document["rows"], 40);
  EXPECT_TRUE(document["metrics"].contains("loss"));
  EXPECT_TRUE(document["metrics"].contains("mae"));
}

// y = 2 a - b + 1 in float16, which holds all of these numbers exactly; the weights are written as bits.
TEST_F(EvaluateCommand, JudgesModelsWithInputsAndOutputsOfFloat16) {
  write_file(folder / "half.onnxtxt", R"(<ir_version: 8, opset_import: ["" : 17]>
    half (float16[n, 2] x) => (float16[n, 1] y) <float16[2, 1] w = {16384, 48128}, float16[1] b = {15360}> { h = MatMul(x, w)  y = Add(h, b) })");
  const Ran ran = run_here("evaluate DIR/half.onnxtxt --data DIR/line.csv --target y --loss mse --metrics mae --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["metrics"]["loss"], 0.0);
  EXPECT_EQ(ran.json()["metrics"]["mae"], 0.0);
}

TEST_F(EvaluateCommand, TakesOtherMetrics) {
  train_model();
  const Ran ran = run_here("evaluate DIR/model.onnx --data DIR/line.csv --metrics rmse,r2");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, testing::HasSubstr("rmse"));
  EXPECT_THAT(ran.out, testing::HasSubstr("r2"));
}

TEST_F(EvaluateCommand, AnUnknownMetricListsTheKnownOnes) {
  train_model();
  const Ran ran = run_here("evaluate DIR/model.onnx --data DIR/line.csv --metrics rmze");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, testing::HasSubstr("rmse"));
}

TEST_F(EvaluateCommand, SlicesAndReports) {
  train_model();
  const Ran ran = run_here("evaluate DIR/model.onnx --data DIR/line.csv --metrics mae --slice b --report DIR/report.html");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, testing::HasSubstr("95 % low"));
  EXPECT_THAT(read_file(folder / "report.html"), testing::HasSubstr("<html"));
  const Json slices = run_here("evaluate DIR/model.onnx --data DIR/line.csv --metrics mae --slice b --json").json()["analysis"]["slices"];
  EXPECT_EQ(slices.size(), 5U);
}

// Of a model that gives a + 1 and 2 a where 0 is right, by two losses.
TEST_F(EvaluateCommand, MeasuresSeveralOutputs) {
  write_file(folder / "two.csv", "a,y,z\n1,0,0\n3,0,0\n");
  write_file(folder / "two.onnxtxt", R"(<ir_version: 10, opset_import: ["": 21]>
    g (float[N,1] a) => (float[N,1] left, float[N,1] right)
    <float one = {1}, float two = {2}> { left = Add(a, one)  right = Mul(a, two) })");
  const std::string start = "evaluate DIR/two.onnxtxt --data DIR/two.csv --target left=y,right=z --loss left=mae,right=mse ";
  const Ran ran = run_here(start + "--metrics left=mse --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json metrics = ran.json()["metrics"];
  EXPECT_EQ(ran.json()["rows"], 2);
  EXPECT_EQ(metrics["left_loss"], 3);
  EXPECT_EQ(metrics["left_mse"], 10);
  EXPECT_EQ(metrics["right_loss"], 20);
  EXPECT_EQ(metrics["loss"], 23);
  const Ran refused = run_here(start + "--slice y");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, testing::HasSubstr("one output"));
}

TEST_F(EvaluateCommand, LeavesRowsWithoutAnAnswerOutAndNamesThem) {
  train_model();
  std::string csv = read_file(folder / "line.csv");
  const Json whole = run_here("evaluate DIR/model.onnx --data DIR/line.csv --json").json();
  write_file(folder / "gap.csv", csv + ",3,n40,5\n");
  const Ran ran = run_here("evaluate DIR/model.onnx --data DIR/gap.csv --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(run_here("evaluate DIR/model.onnx --data DIR/gap.csv").err,
              testing::HasSubstr("1 of 41 rows have no answer (NaN): 41; column \"a\" is missing in row 41"));
  EXPECT_EQ(ran.json()["rows"], 40);
  EXPECT_EQ(ran.json()["unanswered"], Json::array({41}));
  EXPECT_EQ(ran.json()["metrics"], whole["metrics"]);
}

}  // namespace upkeep
