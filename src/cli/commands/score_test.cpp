#include "cli/command_testing.hpp"

namespace upkeep {

using testing::HasSubstr;
using ScoreCommandTest = CommandTest;

TEST_F(ScoreCommandTest, ScoresRecordsAndGates) {
  train_model();
  ASSERT_EQ(run_here("registry publish DIR/model.onnx --name line --alias production --registry DIR/reg --reference DIR/line.csv").code, 0);
  const Ran ran = run_here("score line@production --registry DIR/reg --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["sides"]["stability"], 0);  // there is no version to go back to
  EXPECT_EQ(ran.json()["score"], 0);
  EXPECT_EQ(ran.json()["complete"], false);
  EXPECT_EQ(run_here("registry history line --registry DIR/reg --json").json().back()["kind"], "scored");

  const Ran gated = run_here("score line@production --registry DIR/reg --side stability,scalability --gate stability>=60 --no-record");
  EXPECT_EQ(gated.code, 1);
  EXPECT_THAT(gated.out, HasSubstr("stability is 0.0, and 60 is needed"));
  EXPECT_THAT(gated.out, HasSubstr("publish and promote a second version"));
}

TEST_F(ScoreCommandTest, SaysWhatIsWrong) {
  train_model();
  ASSERT_EQ(run_here("registry publish DIR/model.onnx --name line --registry DIR/reg").code, 0);
  EXPECT_THAT(run_here("score line:1 --registry DIR/reg --gate stable>=1").err, HasSubstr("stability"));
  EXPECT_THAT(run_here("score line:1 --registry DIR/reg --side speed").err, HasSubstr("scalability"));
  EXPECT_THAT(run_here("score lime:1 --registry DIR/reg").err, HasSubstr("line"));
  EXPECT_THAT(run_here("score line:1 --registry DIR/none").err, HasSubstr("registry"));
}

}  // namespace upkeep
