#include "cli/command_testing.hpp"

namespace upkeep {

using testing::HasSubstr;
using RegistryCommand = CommandTest;

TEST_F(RegistryCommand, PublishesPromotesAndRollsBack) {
  train_model("one.onnx");
  ASSERT_EQ(run_here("train DIR/net.yaml --data DIR/line.csv --target y --loss mse --epochs 2 --seed 2 --output DIR/two.onnx").code, 0);
  const Ran first =
      run_here("registry publish DIR/one.onnx --name line --alias production --registry DIR/reg --reference DIR/line.csv --json");
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_EQ(first.json()["version"], 1);
  EXPECT_EQ(first.json()["aliases"], Json::array({"production"}));
  const Json signature = first.json()["facts"]["signature"];
  EXPECT_EQ(signature["inputs"][0]["features"], Json::array({{{"column", "a"}}, {{"column", "b"}}}));
  EXPECT_EQ(signature["outputs"][0]["targets"], Json::array({"y"}));
  ASSERT_EQ(run_here("registry publish DIR/two.onnx --name line --registry DIR/reg").code, 0);
  ASSERT_EQ(run_here("registry promote line:2 --registry DIR/reg --reason better").code, 0);
  EXPECT_THAT(run_here("registry list --registry DIR/reg").out, HasSubstr("production"));
  const Ran back = run_here("registry rollback line --registry DIR/reg --json");
  ASSERT_EQ(back.code, 0) << back.err;
  EXPECT_EQ(back.json()["to"], 1);
  const Json events = run_here("registry history line --registry DIR/reg --json").json();
  ASSERT_EQ(events.size(), 6U);  // a rollback holds the alias
  EXPECT_EQ(events[3]["reason"], "better");
  EXPECT_EQ(run_here("registry verify --registry DIR/reg").out, "whole\n");
  EXPECT_EQ(run_here("evaluate line@production --registry DIR/reg --data DIR/line.csv").code, 0);
}

// A model of somebody else says nothing of columns; its reference does.
TEST_F(RegistryCommand, CompletesTheSignatureFromTheReferenceAndRefusesATableThatDoesNotFit) {
  ASSERT_EQ(run_here("convert DIR/net.yaml DIR/bare.onnx").code, 0);
  write_file(folder / "rows.csv", "age,size\n1,2\n3,\n");
  const Ran ran = run_here("registry publish DIR/bare.onnx --registry DIR/reg --reference DIR/rows.csv --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json features = ran.json()["facts"]["signature"]["inputs"][0]["features"];
  EXPECT_EQ(features[0]["column"], "age");
  EXPECT_EQ(features[1]["may_be_missing"], true);
  train_model();
  const Ran other = run_here("registry publish DIR/model.onnx --name line --registry DIR/reg --reference DIR/rows.csv");
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.err, HasSubstr("\"a\""));
}

TEST_F(RegistryCommand, HoldsDeletesAndCarriesElsewhere) {
  for (const char* seed : {"1", "2", "3"}) {
    const std::string trained =
        std::string("train DIR/net.yaml --data DIR/line.csv --target y --loss mse --epochs 1 --output DIR/m.onnx --seed ");
    ASSERT_EQ(run_here(trained + seed).code, 0);
    ASSERT_EQ(run_here("registry publish DIR/m.onnx --name line --registry DIR/reg --reference DIR/line.csv").code, 0);
  }
  ASSERT_EQ(run_here("registry promote line:1 --registry DIR/reg --strict").code, 0);
  ASSERT_EQ(run_here("registry promote line:2 --registry DIR/reg --strict").code, 0);
  EXPECT_THAT(run_here("registry delete line:2 --registry DIR/reg").err, HasSubstr("what production points at"));
  EXPECT_THAT(run_here("registry rollback line --registry DIR/reg").out, HasSubstr("held until"));
  EXPECT_THAT(run_here("registry hold line --registry DIR/reg").out, HasSubstr("already was held"));
  EXPECT_THAT(run_here("registry release line --registry DIR/reg").out, HasSubstr("is released"));
  EXPECT_EQ(run_here("registry delete line:3 --grace 0 --registry DIR/reg --json").json()["removed_files"],
            2);  // the model and its profile; the others have the table too
  ASSERT_EQ(run_here("registry export DIR/backup.tar --registry DIR/reg").code, 0);
  ASSERT_EQ(run_here("registry import DIR/backup.tar --registry sqlite:DIR/rows.db --artifacts DIR/files").code, 0);
  EXPECT_EQ(run_here("registry verify --registry sqlite:DIR/rows.db").out, "whole\n");
  EXPECT_EQ(run_here("registry history --registry sqlite:DIR/rows.db --json").out,
            run_here("registry history --registry DIR/reg --json").out);
  EXPECT_THAT(run_here("registry import DIR/backup.tar --registry DIR/reg").err, HasSubstr("has a history already"));
  EXPECT_THAT(run_here("registry list --registry oracle://host/x").err, HasSubstr("postgresql"));
}

TEST_F(RegistryCommand, SaysWhatIsMissing) {
  EXPECT_THAT(run_here("registry list --registry DIR/none").err, HasSubstr("publish makes one"));
  EXPECT_EQ(run_here("registry list --registry DIR/none").code, 1);
  EXPECT_EQ(run_here("registry frobnicate").code, 1);
  train_model("one.onnx");
  ASSERT_EQ(run_here("registry publish DIR/one.onnx --name line --registry DIR/reg").code, 0);
  EXPECT_THAT(run_here("registry promote line:7 --registry DIR/reg").err, HasSubstr("no version 7"));
  EXPECT_THAT(run_here("registry promote lime:1 --registry DIR/reg").err, HasSubstr("\"line\""));
  EXPECT_THAT(run_here("registry rollback line --registry DIR/reg").err, HasSubstr("promote a version first"));
  EXPECT_THAT(run_here("registry promote --registry DIR/reg").err, HasSubstr("NAME:VERSION"));
}

}  // namespace upkeep
