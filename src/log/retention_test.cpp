#include "log/retention.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.hpp"
#include "base/format.hpp"
#include "log/labels.hpp"
#include "log/log_files.hpp"
#include "log/reader.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

namespace fs = std::filesystem;

class RetentionTest : public testing::Test {
 protected:
  // One file of one prediction each.
  void log(int count, int days = 0) {
    PredictionLog written({.folder = folder.path()});
    for (int i = 0; i < count; ++i) {
      written.offer({.request_id = upkeep::format("r{}-{}", days, i),
                     .time = LogTime(std::chrono::days(20'000 + days) + std::chrono::seconds(i)),
                     .model = "m",
                     .version = 1,
                     .error = i % 2 ? "no" : "",
                     .inputs = {{"n", Tensor({1}, std::vector<std::int64_t>{i})}},
                     .outputs = i % 2 ? Tensors() : Tensors{{"y", Tensor({1}, std::vector<std::int64_t>{i})}}});
      written.flush();
    }
  }
  void label(const std::string& id, double value) {
    append_labels(folder.path(), "m", std::vector<Label>{{.request_id = id, .row = 0, .value = value, .time = {}, .source = {}}});
  }
  std::vector<std::string> ids() { return read_predictions(folder.path(), "m").column("request_id").strings(); }

  TemporaryFolder folder;
};

TEST_F(RetentionTest, CompactionKeepsRowsTypesAndTheOrderOfLabels) {
  log(5);
  for (const double value : {1.0, 2.0, 3.0}) label("r0-0", value);
  const std::vector<std::string> before = ids();
  const Compaction done = compact_log(folder.path(), "m");
  EXPECT_EQ(done.files_before, 8);
  EXPECT_EQ(done.files_after, 2);
  EXPECT_EQ(ids(), before);
  EXPECT_EQ(read_labels(folder.path(), "m").column("label").data<double>()[0], 3);
  EXPECT_EQ(compact_log(folder.path(), "m").files_before, 0);
  log(2, 0);
  EXPECT_EQ(compact_log(folder.path(), "m").files_after, 1);  // a compacted file is compacted again
  EXPECT_EQ(ids().size(), 7U);
}

TEST_F(RetentionTest, RowsAreCountedOnceWhileOldAndNewStandSideBySide) {
  log(4);
  const fs::path partition = log_files(folder / "m", LogKind::kPredictions).front().path.parent_path(), aside = folder / "aside";
  fs::copy(partition, aside);
  compact_log(folder.path(), "m");
  fs::copy(aside, partition, fs::copy_options::skip_existing);  // as if it had been killed before the old files went
  EXPECT_EQ(ids().size(), 4U);
  compact_log(folder.path(), "m");
  EXPECT_EQ(std::distance(fs::directory_iterator(partition), {}), 1);
  EXPECT_EQ(ids().size(), 4U);
}

TEST_F(RetentionTest, ExpiresWholeDays) {
  log(2, 0);
  log(3, 5);
  EXPECT_EQ(expire_log(folder.path(), "m", TimePoint(std::chrono::days(20'000) + std::chrono::hours(23))), 0);
  EXPECT_EQ(expire_log(folder.path(), "m", TimePoint(std::chrono::days(20'001))), 2);
  EXPECT_EQ(ids().size(), 3U);
}

TEST_F(RetentionTest, StatusCountsFilesRowsAndDays) {
  log(2, 0);
  log(3, 5);
  label("r0-0", 1);
  const LogStatus status = log_status(folder.path(), "m");
  EXPECT_EQ(status.prediction_files, 5);
  EXPECT_EQ(status.prediction_rows, 5);
  EXPECT_EQ(status.label_rows, 1);
  EXPECT_EQ(*status.last - *status.first, std::chrono::days(5));
  EXPECT_THAT(status.versions, testing::ElementsAre(1));
  EXPECT_THROW(log_status(folder.path(), "n"), Error);
}

}  // namespace
}  // namespace upkeep
