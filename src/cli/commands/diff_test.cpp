#include "cli/command_testing.hpp"

namespace upkeep {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using DiffCommand = CommandTest;

TEST_F(DiffCommand, SaysThatTwoFormatsHoldTheSameModel) {
  train_model();
  ASSERT_EQ(run_here("convert DIR/model.onnx DIR/model.h5").code, 0);
  const Ran same = run_here("diff DIR/model.onnx DIR/model.h5 --exit-code");
  EXPECT_EQ(same.code, 0) << same.out;
  EXPECT_THAT(same.out, HasSubstr("the same layers, settings and weights"));
  EXPECT_TRUE(run_here("diff DIR/model.onnx DIR/model.h5 --json").json()["same"]);
}

TEST_F(DiffCommand, ShowsWhatAnEditChanged) {
  train_model();
  ASSERT_EQ(run_here("edit DIR/model.onnx DIR/edited.onnx --add dense:units=3,name=more,after=input --seed 1").code, 0);
  const Ran ran = run_here("diff DIR/model.onnx DIR/edited.onnx");
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, ContainsRegex("\n?. more +dense"));
  EXPECT_THAT(ran.out, ContainsRegex("~ out +dense +kernel: float32.2, 1. -> float32.3, 1."));
  EXPECT_THAT(ran.out, HasSubstr("layers: 1 added, 1 changed, 1 the same"));
  EXPECT_THAT(ran.out, Not(HasSubstr("\033")));
  EXPECT_EQ(run_here("diff DIR/model.onnx DIR/edited.onnx --exit-code").code, 1);
  const Json document = run_here("diff DIR/model.onnx DIR/edited.onnx --json").json();
  EXPECT_FALSE(document["same"]);
  EXPECT_EQ(document["layers"][1]["change"], "added");
}

TEST_F(DiffCommand, ReadsVersionsOfTheRegistry) {
  train_model("one.onnx");
  ASSERT_EQ(run_here("registry publish DIR/one.onnx --name line --registry DIR/reg").code, 0);
  ASSERT_EQ(run_here("prune DIR/one.onnx DIR/two.onnx --method magnitude:sparsity=0.5").code, 0);
  ASSERT_EQ(run_here("registry publish DIR/two.onnx --name line --registry DIR/reg").code, 0);
  const Ran ran = run_here("diff line:1 line:2 --registry DIR/reg");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, ContainsRegex("~ out +dense +kernel: 1 of 2 differ, by at most .*zeros 0 -> 1"));
  EXPECT_EQ(run_here("diff line:1 line:3 --registry DIR/reg").code, 1);
}

}  // namespace upkeep
