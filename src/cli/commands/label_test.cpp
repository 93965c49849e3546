#include "base/clock.hpp"
#include "cli/command_testing.hpp"
#include "log/reader.hpp"

namespace upkeep {

using testing::HasSubstr;
using LabelCommand = CommandTest;

static void log_one(const std::filesystem::path& folder) {
  PredictionLog log({.folder = folder});
  log.offer({.request_id = "r1",
             .time = system_clock().now(),
             .model = "line",
             .version = 1,
             .inputs = {{"input", Tensor({1, 1}, std::vector<float>{1})}},
             .outputs = {{"out", Tensor({1, 1}, std::vector<float>{2})}}});
  log.flush();
}

TEST_F(LabelCommand, AppendsUnderTheLogsNames) {
  log_one(folder / "reg" / "log");
  write_file(folder / "truth.csv", "order,sold_for\nr1,2.5\n");
  const Ran ran = run_here("label line --data DIR/truth.csv --id-column order --label-column sold_for --source till --registry DIR/reg");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("1 labels"));
  const Table labels = read_labels(folder / "reg" / "log", "line");
  EXPECT_EQ(labels.rows(), 1);
  EXPECT_EQ(labels.column("source").strings().front(), "till");
}

TEST_F(LabelCommand, TakesWhatComesBeforeTheFirstPredictionIsLogged) {
  train_model();
  ASSERT_EQ(run_here("registry publish DIR/model.onnx --name line --registry DIR/reg").code, 0);
  write_file(folder / "truth.csv", "request_id,label\nr1,2.5\n");
  ASSERT_EQ(run_here("label line --data DIR/truth.csv --registry DIR/reg").code, 0);
  EXPECT_EQ(read_labels(folder / "reg" / "log", "line").rows(), 1);
}

TEST_F(LabelCommand, KeepsIdsAsTheyStandInTheFileAndSaysWhichOnesMatch) {
  {
    PredictionLog log({.folder = folder / "reg" / "log"});
    for (const char* id : {"007", "1e5", "2026-01-02", "10000000000000000007"})
      log.offer({.request_id = id,
                 .time = system_clock().now(),
                 .model = "line",
                 .version = 1,
                 .inputs = {{"input", Tensor({1, 1}, std::vector<float>{1})}},
                 .outputs = {{"out", Tensor({1, 1}, std::vector<float>{2})}}});
  }
  for (const char* id : {"007", "1e5", "2026-01-02", "10000000000000000007"}) {
    write_file(folder / "truth.csv", std::string("request_id,label\n") + id + ",2.5\n");
    EXPECT_EQ(run_here("label line --data DIR/truth.csv --registry DIR/reg --json").json()["matched"], 1) << id;
  }
  write_file(folder / "truth.csv", "request_id,label\n7,2.5\n8,2.5\n");
  EXPECT_THAT(
      run_here("label line --data DIR/truth.csv --registry DIR/reg").out,
      testing::AllOf(HasSubstr("2 labels for line, 0 of them match a logged prediction"), HasSubstr("no prediction has their ids")));
}

TEST_F(LabelCommand, SaysWhatIsMissing) {
  log_one(folder / "reg" / "log");
  write_file(folder / "truth.csv", "order,sold_for\nr1,2.5\n");
  EXPECT_THAT(run_here("label line --data DIR/truth.csv --registry DIR/reg").err, HasSubstr("request_id"));
  const Ran other = run_here("label lime --data DIR/truth.csv --registry DIR/reg");
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.err, HasSubstr("\"lime\""));
}

TEST_F(LabelCommand, TakesAColumnForEachOutput) {
  {
    PredictionLog log({.folder = folder / "log"});
    for (const char* id : {"r1", "r2"})
      log.offer({.request_id = id,
                 .time = system_clock().now(),
                 .model = "two",
                 .version = 1,
                 .outputs = {{"cost", Tensor({1, 1}, std::vector<float>{1})}, {"days", Tensor({1, 1}, std::vector<float>{2})}}});
  }
  write_file(folder / "truth.csv", "request_id,cost,days\nr1,2.5,\nr2,3,4\n");
  const Ran ran = run_here("label two --data DIR/truth.csv --label-column cost,days --registry DIR/none --log DIR/log --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["matched"], 3);  // the days of r1 are not known yet
  const Table labels = read_labels(folder / "log", "two");
  EXPECT_THAT(labels.column("output").strings(), testing::ElementsAre("cost", "cost", "days"));
  EXPECT_THAT(labels.column("label").data<double>(), testing::ElementsAre(2.5, 3, 4));
  write_file(folder / "truth.csv", "request_id,weeks,days\nr1,2.5,1\n");
  EXPECT_THAT(run_here("label two --data DIR/truth.csv --label-column weeks,days --registry DIR/none --log DIR/log").err,
              HasSubstr("unknown output \"weeks\""));
}

}  // namespace upkeep
