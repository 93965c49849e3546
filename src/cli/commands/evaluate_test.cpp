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

}  // namespace upkeep
