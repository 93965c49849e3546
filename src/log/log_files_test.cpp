#include "log/log_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.hpp"
#include "data/sources/arrow_table.hpp"

namespace upkeep {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::StartsWith;

const TimePoint kNoon = time_from_iso8601("2026-01-31T12:00:00.000005Z");

void touch(const fs::path& file) {
  fs::create_directories(file.parent_path());
  std::ofstream(file).flush();
}

std::vector<std::string> names(const std::vector<LogFile>& files, const fs::path& below) {
  std::vector<std::string> all;
  for (const LogFile& file : files) all.push_back(fs::relative(file.path, below).string());
  return all;
}

TEST(LogFiles, AreNamedByTimeAndNeverTwice) {
  const std::string first = new_file_name(kNoon), second = new_file_name(kNoon);
  EXPECT_THAT(first, StartsWith("20260131T120000.000005Z-"));
  EXPECT_NE(first, second);
  EXPECT_EQ(time_of_stamp(first.substr(0, 23)), kNoon);
  EXPECT_EQ(time_of_stamp("nonsense"), std::nullopt);
}

TEST(LogFiles, OfOtherVersionsAndDaysAreNotOpened) {
  const TemporaryFolder folder;
  for (const int version : {1, 2})
    for (const int day : {0, 1, 2})
      touch(prediction_partition(folder.path(), version, kNoon + std::chrono::days(day)) / "20260131T120000.000005Z-a.parquet");
  touch(folder / "predictions/version=1/date=2026-02-01/.hidden.parquet");
  touch(folder / "predictions/elsewhere/x.parquet");
  EXPECT_EQ(log_files(folder.path(), LogKind::kPredictions).size(), 6U);
  const TimePoint day = time_from_iso8601("2026-02-01");
  EXPECT_THAT(names(log_files(folder.path(), LogKind::kPredictions, {.since = day, .until = day + std::chrono::hours(1), .version = 2}),
                    folder.path()),
              ElementsAre("predictions/version=2/date=2026-02-01/20260131T120000.000005Z-a.parquet"));
}

TEST(LogFiles, OfTheFirstReleaseComeInTheirPlaceInTime) {
  const TemporaryFolder folder;
  touch(folder / "labels-20260101T000000.000000Z-000001aaaaaaaa.parquet");
  touch(label_partition(folder.path(), kNoon) / new_file_name(kNoon));
  touch(folder / "predictions-20260101T000000.000000Z-000001aaaaaaaa.parquet");
  const std::vector<LogFile> files = log_files(folder.path(), LogKind::kLabels);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_FALSE(files[0].date);
  EXPECT_EQ(files[0].stamp, "20260101T000000.000000Z");
  EXPECT_TRUE(log_files(folder.path(), LogKind::kPredictions, {.until = time_from_iso8601("2025-12-31")}).empty());
}

TEST(LogFiles, ThatACompactedOneStandsForAreLeftOut) {
  const TemporaryFolder folder;
  const fs::path partition = prediction_partition(folder.path(), 1, kNoon);
  for (const char* name : {"a.parquet", "b.parquet", "c.parquet"}) touch(partition / name);
  Table table;
  table.add("n", Tensor({1}, std::vector<float>{1}));
  const std::string compacted = compacted_file_name(kNoon);
  write_file(partition / compacted,
             sources::parquet_bytes(table, {.missing = {}, .notes = replacement_note({partition / "a.parquet", partition / "b.parquet"})}));
  EXPECT_THAT(names(log_files(folder.path(), LogKind::kPredictions), partition), ElementsAre(compacted, "c.parquet"));
  EXPECT_THAT(logged_models(folder.path().parent_path()), testing::Contains(folder.path().filename().string()));
}

}  // namespace
}  // namespace upkeep
