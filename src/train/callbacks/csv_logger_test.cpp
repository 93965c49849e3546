#include "base/files.hpp"
#include "train/callbacks/callback_testing.hpp"

namespace upkeep::callbacks {

using testing::HasSubstr;

namespace {

void log_epochs(const std::string& callback, const std::vector<double>& losses) {
  RecordedRun run;
  const auto made = make(parse_named(callback));
  made->begin(run);
  for (const double loss : losses) end_epoch(*made, run, {{"loss", loss}, {"mae", 2 * loss}});
}

}  // namespace

TEST(CsvLogger, WritesALinePerEpochWhileTrainingRuns) {
  const TemporaryFolder folder;
  const std::string file = (folder / "log.csv").string();
  RecordedRun run;
  const auto made = make({"csv-logger", {{"filename", file}}});
  made->begin(run);
  end_epoch(*made, run, {{"loss", 0.5}, {"mae", 1}});
  EXPECT_EQ(read_file(file), "epoch,loss,mae\n1,0.5,1\n");
  end_epoch(*made, run, {{"loss", 0.25}, {"mae", 0.75}});
  EXPECT_EQ(read_file(file), "epoch,loss,mae\n1,0.5,1\n2,0.25,0.75\n");
}

TEST(CsvLogger, StartsAnewUnlessItIsToAppend) {
  const TemporaryFolder folder;
  const std::string file = (folder / "log.csv").string();
  log_epochs("csv-logger:filename=" + file, {1});
  log_epochs("csv-logger:append=true,filename=" + file, {2});
  EXPECT_EQ(read_file(file), "epoch,loss,mae\n1,1,2\n1,2,4\n");
  log_epochs("csv-logger:separator=;,filename=" + file, {3});
  EXPECT_EQ(read_file(file), "epoch;loss;mae\n1;3;6\n");
}

TEST(CsvLogger, SaysWhichFileItCannotWrite) {
  EXPECT_THAT(message_of([] { log_epochs("csv-logger", {1}); }), HasSubstr("it has no file"));
  EXPECT_THAT(message_of([] { log_epochs("csv-logger:filename=/no/such/folder/log.csv", {1}); }), HasSubstr("/no/such/folder/log.csv"));
}

}  // namespace upkeep::callbacks
