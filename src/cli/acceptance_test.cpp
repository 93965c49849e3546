#include "cli/acceptance.hpp"

#include "cli/command_testing.hpp"

namespace upkeep {

using testing::AllOf;
using testing::HasSubstr;

using AcceptanceOptions = CommandTest;

TEST_F(AcceptanceOptions, RefuseAChangeAndWriteNothing) {
  train_model();
  const Ran ran = run_here("edit DIR/model.onnx DIR/edited.onnx --set out:activation=sigmoid --data DIR/line.csv --accept mae:+1%");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("mae"), HasSubstr("refused"), HasSubstr("latency"), HasSubstr("one row")));
  EXPECT_THAT(ran.err, AllOf(HasSubstr("beyond the limit of +1 %"), HasSubstr("nothing was written")));
  EXPECT_FALSE(std::filesystem::exists(folder / "edited.onnx"));
  const Ran json = run_here("edit DIR/model.onnx DIR/edited.onnx --set out:activation=sigmoid --data DIR/line.csv --accept mae:+1% --json");
  EXPECT_EQ(json.code, 1);
  EXPECT_EQ(json.json()["acceptance"]["accepted"], false);
  EXPECT_EQ(json.json()["written"], false);
}

TEST_F(AcceptanceOptions, LeaveARecordThatInspectAndTheRegistryShow) {
  train_model();
  const Ran ran =
      run_here("edit DIR/model.onnx DIR/edited.onnx --add dropout:rate=0.1,before=out --data DIR/line.csv --accept mae:0,size:+50% --json");
  ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_EQ(ran.json()["acceptance"]["accepted"], true);
  EXPECT_EQ(run_here("inspect DIR/edited.onnx --json").json()["acceptance"]["data"], "line.csv");
  EXPECT_THAT(run_here("inspect DIR/edited.onnx").out, HasSubstr("judged after edit"));
  EXPECT_THAT(run_here("registry publish DIR/edited.onnx --name line --registry DIR/reg").out, HasSubstr("accepted: mae"));
  EXPECT_THAT(run_here("registry history line --registry DIR/reg").out, HasSubstr("accepted: mae"));
  const Json events = run_here("registry history line --registry DIR/reg --json").json();
  EXPECT_EQ(events[0]["evidence"]["acceptance"]["findings"][0]["what"], "mae");
  ASSERT_EQ(run_here("train DIR/edited.onnx --data DIR/line.csv --epochs 1 --seed 1 --output DIR/more.onnx").code, 0);
  EXPECT_FALSE(run_here("inspect DIR/more.onnx --json").json().contains("acceptance")) << "of other weights";
}

TEST_F(AcceptanceOptions, GiveBackWhatHarmsMost) {
  write_file(
      folder / "net.yaml",
      "layers:\n  - input: {shape: [2]}\n  - dense: {units: 8, activation: relu}\n  - dense: {units: 8}\n  - dense: {units: 1, name: "
      "out}\n");
  train_model();
  const Ran refused = run_here("prune DIR/model.onnx DIR/p.onnx --sparsity 0.9 --data DIR/line.csv --accept mae:0 --json");
  EXPECT_EQ(refused.code, 1) << refused.out;
  EXPECT_FALSE(std::filesystem::exists(folder / "p.onnx"));
  const Ran kept = run_here("prune DIR/model.onnx DIR/p.onnx --sparsity 0.9 --data DIR/line.csv --accept mae:+100000% --json");
  ASSERT_EQ(kept.code, 0) << kept.out;
  EXPECT_TRUE(kept.json()["acceptance"]["reverted"].empty());
}

TEST_F(AcceptanceOptions, MeasureWithoutALimit) {
  train_model();
  const Ran ran = run_here("convert DIR/model.onnx DIR/p.onnx --rewrite float16 --data DIR/line.csv --json");
  ASSERT_EQ(ran.code, 0) << ran.out;
  const Json acceptance = ran.json()["acceptance"];
  EXPECT_EQ(acceptance["findings"][0]["what"], "mae");
  EXPECT_TRUE(acceptance["findings"][0]["limit"].is_null());
}

TEST_F(AcceptanceOptions, AreCheckedBeforeAnyWork) {
  train_model();
  EXPECT_THAT(run_here("convert DIR/model.onnx DIR/p.onnx --rewrite float16 --accept mae:+1%").err, HasSubstr("--data"));
  EXPECT_THAT(run_here("convert DIR/model.onnx DIR/p.onnx --rewrite float16 --data DIR/line.csv --accept mae:-1%").err,
              HasSubstr("mae:+1%"));
  EXPECT_THAT(run_here("convert DIR/model.onnx DIR/p.onnx --rewrite float16 --data DIR/line.csv --accept mea:+1%").err, HasSubstr("mae"));
}

}  // namespace upkeep
