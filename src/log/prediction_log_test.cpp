#include "log/reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <numeric>
#include <thread>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/random.hpp"
#include "base/source_folder_testing.hpp"
#include "log/log_files.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

PredictionRecord record(std::int64_t number, const std::string& model = "m") {
  return {.request_id = upkeep::format("r{}", number),
          .time = TimePoint(std::chrono::seconds(1'000'000 + number)),
          .model = model,
          .version = 1,
          .latency_us = number,
          .inputs = {{"x", Tensor({1, 2}, std::vector<float>{static_cast<float>(number), 0})}},
          .outputs = {{"y", Tensor({1}, std::vector<float>{static_cast<float>(2 * number)})}}};
}

TEST(PredictionLog, ReadsBackWhatWasOffered) {
  const TemporaryFolder folder;
  PredictionLog log({.folder = folder / "log"});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(log.offer(record(i)));
  EXPECT_TRUE(log.offer(record(9, "other")));
  log.flush();
  EXPECT_EQ(log.written(), 4U);
  const Table table = read_predictions(folder / "log", "m");
  EXPECT_THAT(table.column("request_id").strings(), ElementsAre("r0", "r1", "r2"));
  EXPECT_THAT(table.column("latency_us").data<std::int64_t>(), ElementsAre(0, 1, 2));
  EXPECT_THAT(table.column("time").data<std::int64_t>(), ElementsAre(1'000'000'000'000, 1'000'001'000'000, 1'000'002'000'000));
  EXPECT_THAT(table.column("in.x.0").floats(), ElementsAre(0, 1, 2));
  EXPECT_THAT(table.column("out.y.0").floats(), ElementsAre(0, 2, 4));
  EXPECT_EQ(read_predictions(folder / "log", "other").rows(), 1);
}

TEST(PredictionLog, FiltersByTimeWithBothEnds) {
  const TemporaryFolder folder;
  PredictionLog log({.folder = folder.path()});
  for (int i = 0; i < 5; ++i) {
    log.offer(record(i));
    log.flush();
  }
  const Table table = read_predictions(folder.path(), "m", {.since = record(1).time, .until = record(3).time});
  EXPECT_THAT(table.column("request_id").strings(), ElementsAre("r1", "r2", "r3"));
  EXPECT_EQ(read_predictions(folder.path(), "m", {.since = record(100).time}).rows(), 0);
}

TEST(PredictionLog, ClosesASegmentWhenItIsFullOrOldEnough) {
  const TemporaryFolder folder;
  PredictionLog log({.folder = folder.path(), .segment_rows = 10, .segment_seconds = 0.05});
  for (int i = 0; i < 25; ++i) log.offer(record(i));
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (log.written() < 25 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(log.written(), 25U);
  EXPECT_EQ(log_files(folder / "m", LogKind::kPredictions).size(), 3U);
}

TEST(PredictionLog, FlushesAtItsEnd) {
  const TemporaryFolder folder;
  {
    PredictionLog({.folder = folder.path()}).offer(record(1));
  }
  EXPECT_EQ(read_predictions(folder.path(), "m").rows(), 1);
}

TEST(PredictionLog, DropsAndCountsWhatDoesNotFitIntoTheBuffer) {
  const TemporaryFolder folder;
  PredictionLog log({.folder = folder.path(), .buffer_records = 4, .buffer_bytes = 2000});
  PredictionRecord large = record(1);
  large.inputs["x"] = Tensor::full<float>({1, 1000}, 1.0F);
  EXPECT_FALSE(log.offer(large));
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) log.offer(record(i));
    });
  threads.clear();
  log.flush();
  EXPECT_GE(log.dropped(), 1U);
  EXPECT_EQ(log.offered(), 20'001U);
  EXPECT_EQ(log.written() + log.dropped(), log.offered());
  EXPECT_EQ(read_predictions(folder.path(), "m").rows(), static_cast<std::int64_t>(log.written()));
}

TEST(PredictionLog, VersionsWithOtherColumnsStandSideBySide) {
  const TemporaryFolder folder;
  PredictionLog log({.folder = folder.path()});
  log.offer(record(1));
  PredictionRecord second = record(2);
  second.version = 2;
  second.inputs["x"] = Tensor({1, 2}, std::vector<std::string>{"a", "b"});  // another type: another segment
  log.offer(second);
  log.flush();
  const Table table = read_predictions(folder.path(), "m");
  EXPECT_THAT(table.column("in.x.0").strings(), ElementsAre("1", "a"));
}

TEST(PredictionLog, SurvivesAFullDiskAndCountsWhatWasLost) {
  const TemporaryFolder folder;
  if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=128k") != 0) GTEST_SKIP() << "needs the right to mount";
  {
    PredictionLog log({.folder = folder / "log"});
    log.offer(record(1));
    log.flush();
    std::ofstream(folder / "ballast") << std::string(1 << 20, 'x');
    log.offer(record(2));
    log.flush();
    EXPECT_EQ(log.failed(), 1U);
    fs::remove(folder / "ballast");
    log.offer(record(3));
    log.flush();
    EXPECT_THAT(read_predictions(folder / "log", "m").column("request_id").strings(), ElementsAre("r1", "r3"));
  }
  ::umount2(folder.path().c_str(), MNT_DETACH);
}

TEST(PredictionLog, AModelThatWasNeverServedIsAnErrorWithTheOthers) {
  const TemporaryFolder folder;
  {
    PredictionLog({.folder = folder.path()}).offer(record(1));
  }
  try {
    read_predictions(folder.path(), "n");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.what(), HasSubstr("there are some of: m"));
  }
}

TEST(PredictionLog, ADamagedSegmentIsNamed) {
  const TemporaryFolder folder;
  {
    PredictionLog({.folder = folder.path()}).offer(record(1));
  }
  std::ofstream(folder / "m" / "predictions-0.parquet") << "PAR1 no more";
  try {
    read_predictions(folder.path(), "m");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("predictions-0.parquet"));
  }
}

TEST(PredictionLog, AFolderThatCannotBeMadeIsAnError) {
  const TemporaryFolder folder;
  std::ofstream(folder / "file") << "x";
  EXPECT_THROW(PredictionLog({.folder = folder / "file" / "log"}), Error);
}

[[noreturn]] void log_for_ever(const fs::path& folder, int out) {
  PredictionLog log({.folder = folder, .segment_seconds = 0});
  for (std::int64_t number = 0;; ++number) {
    log.offer(record(number));
    if (number % 20 != 0) continue;
    log.flush();
    if (::write(out, &number, sizeof(number)) != sizeof(number)) ::_exit(2);
  }
}

// kill -9 at random moments: what was flushed is there, every segment is whole, and nothing half-written has a name.
TEST(PredictionLog, SurvivesKillAtAnyMoment) {
  const std::uint64_t seed = random_seed();
  SCOPED_TRACE(upkeep::format("seed {}", seed));
  Random random(seed, stream_id("kill"));
  for (int kill = 0; kill < 15; ++kill) {
    const TemporaryFolder folder;
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) log_for_ever(folder.path(), ends[1]);
    ::close(ends[1]);
    std::int64_t flushed = -1, number = 0;
    ASSERT_EQ(::read(ends[0], &flushed, sizeof(flushed)), static_cast<ssize_t>(sizeof(flushed)));
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(30'000)));
    ::kill(child, SIGKILL);
    while (::read(ends[0], &number, sizeof(number)) == static_cast<ssize_t>(sizeof(number))) flushed = number;
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder / "m"))
      EXPECT_FALSE(entry.path().filename().string().starts_with('.')) << entry.path();
    EXPECT_GE(read_predictions(folder.path(), "m").rows(), flushed + 1);
  }
}

TEST(PredictionLog, AHugeBatchFillsSegmentsOneByOne) {
  const TemporaryFolder folder;
  PredictionLog log({.folder = folder.path(), .segment_rows = 1000});
  PredictionRecord batch = record(1);
  std::vector<float> values(2500);
  std::iota(values.begin(), values.end(), 0.0F);
  batch.inputs = {{"x", Tensor({2500}, values)}};
  batch.outputs = {{"y", Tensor({2500}, values)}};
  EXPECT_TRUE(log.offer(batch));
  log.flush();
  EXPECT_EQ(log.written(), 1U);
  EXPECT_EQ(log_files(folder / "m", LogKind::kPredictions).size(), 3U);
  const Table table = read_predictions(folder.path(), "m", {.columns = {"row", "in.x.0"}});
  EXPECT_THAT(table.names(), ElementsAre("row", "in.x.0"));
  std::vector<float> read(table.column("in.x.0").floats().begin(), table.column("in.x.0").floats().end());
  std::ranges::sort(read);
  EXPECT_EQ(read, values);
}

TEST(PredictionLog, TensorsWithoutElementsCostNothing) {
  const TemporaryFolder folder;
  PredictionLog log({.folder = folder.path()});
  for (const std::int64_t rows : {std::int64_t{20'000'000}, std::numeric_limits<std::int64_t>::max()}) {
    PredictionRecord empty = record(1);
    empty.inputs = {{"x", Tensor({rows, 0}, std::vector<float>{})}};
    empty.outputs = {{"y", Tensor({rows, 0}, std::vector<float>{})}};
    EXPECT_TRUE(log.offer(empty));
  }
  log.offer(record(2));
  log.flush();
  EXPECT_EQ(log.written(), 3U);
  EXPECT_EQ(read_predictions(folder.path(), "m").rows(), 1);
}

TEST(PredictionLog, CountsTheTextsThatItHolds) {
  const TemporaryFolder folder;
  PredictionLog log({.folder = folder.path(), .buffer_bytes = 100'000});
  PredictionRecord large = record(1);
  large.inputs = {{"x", Tensor({1}, std::vector<std::string>{std::string(200'000, 'x')})}};
  EXPECT_FALSE(log.offer(large));
  EXPECT_EQ(log.dropped(), 1U);
}

TEST(PredictionLog, WhatCannotBeLoggedIsCountedAndEndsNothing) {
  const TemporaryFolder folder;
  PredictionLog log({.folder = folder / "log"});
  log.offer(record(1, "../outside"));
  log.offer(record(2));
  log.flush();
  EXPECT_EQ(log.failed(), 1U);
  EXPECT_EQ(log.written(), 1U);
  EXPECT_FALSE(fs::exists(folder / "outside"));
}

TEST(PredictionLog, WritersOfOneFolderLoseNothing) {
  const TemporaryFolder folder;
  {
    PredictionLog first({.folder = folder.path(), .segment_seconds = 0}), second({.folder = folder.path(), .segment_seconds = 0});
    for (int i = 0; i < 200; ++i) {
      first.offer(record(i));
      second.offer(record(1000 + i));
      if (i % 20 == 0) first.flush(), second.flush();
    }
  }
  EXPECT_EQ(read_predictions(folder.path(), "m").rows(), 400);
}

TEST(PredictionLog, ReadsTheLogOfTheFirstRelease) {
  const Table table = read_predictions(source_folder() / "tests/data/log-0.1", "m");
  EXPECT_THAT(table.names(), testing::IsSupersetOf({"request_id", "row", "time", "model", "version", "in.a", "in.b", "out.score.0"}));
  EXPECT_THAT(table.column("request_id").strings(), ElementsAre("q0", "q0", "q1"));
  EXPECT_EQ(read_predictions(source_folder() / "tests/data/log-0.1", "m", {.version = 2}).rows(), 0);
  EXPECT_THAT(read_labels(source_folder() / "tests/data/log-0.1", "m").column("label").data<double>(), ElementsAre(3));
}

}  // namespace
}  // namespace upkeep
