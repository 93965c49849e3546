#include "log/policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "base/files.hpp"
#include "log/log_files.hpp"
#include "log/reader.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr TimePoint kDay20000{std::chrono::days(20'000)};

class LogPolicyTest : public testing::Test {
 protected:
  // A file for each of `count` predictions of that day.
  void log(const std::string& model, int day, int count) {
    PredictionLog written({.folder = folder.path()});
    for (int i = 0; i < count; ++i) {
      written.offer({.request_id = std::to_string(100 * day + i),
                     .time = kDay20000 + std::chrono::days(day) + std::chrono::seconds(i),
                     .model = model,
                     .version = 1,
                     .outputs = {{"y", Tensor({1}, std::vector<float>{1})}}});
      written.flush();
    }
  }
  std::size_t files(const std::string& model) { return log_files(folder / model, LogKind::kPredictions).size(); }

  TemporaryFolder folder;
};

TEST_F(LogPolicyTest, PutsSmallFilesTogetherAndRemovesNothingByItself) {
  log("a", 0, 3);
  log("b", 1, 2);
  LogRounds rounds;
  keep_log({.folder = folder.path()}, kDay20000 + std::chrono::days(400), rounds);
  EXPECT_EQ(files("a"), 1U);
  EXPECT_EQ(files("b"), 1U);
  EXPECT_EQ(rounds.compacted_files, 3U);
  EXPECT_EQ(rounds.expired_files, 0U);
  EXPECT_EQ(read_predictions(folder.path(), "a").rows(), 3);
}

TEST_F(LogPolicyTest, RemovesWhatIsOlderThanIsKept) {
  log("a", 0, 2);
  log("a", 9, 1);
  log("old", 0, 1);
  LogRounds rounds;
  const LogPolicy policy{.folder = folder.path(), .compact_every = std::chrono::seconds(0), .keep = std::chrono::days(5)};
  keep_log(policy, kDay20000 + std::chrono::days(10), rounds);
  EXPECT_EQ(rounds.expired_files, 3U);
  EXPECT_THAT(read_predictions(folder.path(), "a").column("request_id").strings(), ElementsAre("900"));
  keep_log(policy, kDay20000 + std::chrono::days(10), rounds);  // a model of which nothing is left is no failure
  EXPECT_EQ(rounds.failures, 0U);
}

TEST_F(LogPolicyTest, CountsAFailureAndGoesOnWithTheOthers) {
  log("a", 0, 2);
  log("b", 0, 2);
  const auto broken = log_files(folder / "a", LogKind::kPredictions).front().path;
  std::ofstream(broken, std::ios::trunc) << "no Parquet";
  LogRounds rounds;
  keep_log({.folder = folder.path()}, kDay20000, rounds);
  EXPECT_EQ(rounds.failures, 1U);
  EXPECT_THAT(rounds.problems, ElementsAre(HasSubstr("a: ")));
  EXPECT_EQ(files("b"), 1U);
}

TEST_F(LogPolicyTest, LeavesALogToTheProcessThatCompactsIt) {
  log("a", 0, 2);
  const FileLock other(folder / "a/.compaction-lock");
  LogRounds rounds;
  keep_log({.folder = folder.path()}, kDay20000, rounds);
  EXPECT_EQ(rounds.failures, 0U);
  EXPECT_EQ(files("a"), 2U);
}

TEST_F(LogPolicyTest, SeveralKeepersOfOneFolderLoseNothingBesideAWriter) {
  std::vector<std::jthread> keepers;
  for (int i = 0; i < 3; ++i)
    keepers.emplace_back([&](const std::stop_token& stop) {
      LogRounds rounds;
      while (!stop.stop_requested()) keep_log({.folder = folder.path()}, kDay20000, rounds);
      EXPECT_THAT(rounds.problems, IsEmpty());
      EXPECT_EQ(rounds.failures, 0U);
    });
  log("a", 0, 60);
  keepers.clear();
  EXPECT_EQ(read_predictions(folder.path(), "a").rows(), 60);
}

}  // namespace
}  // namespace upkeep
