// kill -9 while segments and their profiles are written and put together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "base/files.hpp"
#include "base/format.hpp"
#include "base/random.hpp"
#include "log/log_files.hpp"
#include "log/profile.hpp"
#include "log/reader.hpp"
#include "log/retention.hpp"

namespace upkeep {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const ReferenceProfile> counted_reference() {
  std::vector<double> values;
  for (int i = 0; i < 100; ++i) values.push_back(i);
  std::vector<ColumnCells> columns(1);
  columns[0] = {.column = "in.x.0", .dtype = DType::kFloat32, .edges = edges_of(values), .mean = 50, .deviation = 29};
  ReferenceProfile::Part all{.name = "all", .rows = 100, .columns = {count_column(columns[0], Tensor({100}, values), {})}};
  return std::make_shared<const ReferenceProfile>(reference_profile(std::move(columns), {std::move(all)}));
}

// Requests by the number, from `first`; what is in the log for certain goes to the pipe.
[[noreturn]] void log_and_compact(const fs::path& folder, std::int64_t first, int out) {
  const auto reference = counted_reference();
  PredictionLog log({.folder = folder, .segment_seconds = 0, .reference = [&](const std::string&, std::int64_t) { return reference; }});
  for (std::int64_t number = first;; ++number) {
    log.offer({.request_id = std::to_string(number),
               .time = LogTime(std::chrono::days(20'000) + std::chrono::seconds(number)),
               .model = "m",
               .version = 1,
               .latency_us = number % 1000,
               .error = number % 7 == 0 ? "no" : "",
               .inputs = {{"x", Tensor({1, 1}, std::vector<float>{static_cast<float>(number % 103)})}},
               .outputs = {{"y", Tensor({1}, std::vector<float>{1})}}});
    if (number % 5 != 0) continue;
    log.flush();
    if (::write(out, &number, sizeof(number)) != sizeof(number)) ::_exit(2);
    if (number % 20 == 0) compact_log(folder, "m");
  }
}

// Returns the last number that was acknowledged.
std::int64_t killed_after(const fs::path& folder, std::int64_t first, std::chrono::microseconds time) {
  int ends[2];
  if (::pipe(ends) != 0) return -1;
  const pid_t child = ::fork();
  if (child == 0) log_and_compact(folder, first, ends[1]);
  ::close(ends[1]);
  std::int64_t acknowledged = -1, number = 0;
  if (::read(ends[0], &acknowledged, sizeof(acknowledged)) != static_cast<ssize_t>(sizeof(acknowledged))) acknowledged = -1;
  std::this_thread::sleep_for(time);
  ::kill(child, SIGKILL);
  while (::read(ends[0], &number, sizeof(number)) == static_cast<ssize_t>(sizeof(number))) acknowledged = number;
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return acknowledged;
}

TEST(Profiles, CountWhatTheirSegmentHoldsAfterKillsAtAnyMoment) {
  const std::uint64_t seed = random_seed();
  SCOPED_TRACE(upkeep::format("seed {}", seed));
  Random random(seed, stream_id("kill profiles"));
  const TemporaryFolder folder;
  const auto reference = counted_reference();
  std::set<std::string> acknowledged;
  std::size_t profiles = 0;
  for (std::int64_t kill = 0, first = 0; kill < 40; ++kill, first += 1'000'000) {
    const std::int64_t last = killed_after(folder.path(), first, std::chrono::microseconds(random.below(40'000)));
    ASSERT_GE(last, first);
    for (std::int64_t number = first; number <= last; ++number) acknowledged.insert(std::to_string(number));
    for (const LogFile& file : log_files(folder / "m", LogKind::kPredictions)) {
      const std::optional<SegmentProfile> profile = read_profile(file.path);
      if (!profile) continue;
      ++profiles;
      ASSERT_EQ(*profile, profile_of(read_log_file(file, "m", {}), *reference)) << file.path;
    }
  }
  EXPECT_GT(profiles, 40U);
  const Table all = read_predictions(folder.path(), "m");
  const std::vector<std::string>& ids = all.column("request_id").strings();
  const std::set<std::string> seen(ids.begin(), ids.end());
  EXPECT_EQ(seen.size(), ids.size()) << "a prediction is there twice";
  EXPECT_TRUE(std::ranges::includes(seen, acknowledged)) << "an acknowledged prediction is gone";
}

TEST(Profiles, OfNobodyKnowsWhomAreRefusedWhereTheyClaimTheImpossible) {
  const auto reference = counted_reference();
  SegmentProfile honest{.fingerprint = reference->fingerprint, .rows = 2};
  honest.columns.push_back(count_column(reference->columns[0], Tensor({2}, std::vector<double>{1, 5}), {}));
  const auto reads = [](const SegmentProfile& profile) { return profile_from_bytes(profile_bytes(profile, "a.parquet"), "").has_value(); };
  EXPECT_TRUE(reads(honest));
  EXPECT_TRUE(reference->fits(honest));
  const auto changed = [&](auto change) {
    SegmentProfile lie = honest;
    change(lie);
    return lie;
  };
  EXPECT_FALSE(reads(changed([](SegmentProfile& lie) { lie.rows = -1; })));
  EXPECT_FALSE(reads(changed([](SegmentProfile& lie) { lie.columns[0].cells[3] = std::int64_t{1} << 62; })));
  EXPECT_FALSE(reads(changed([](SegmentProfile& lie) { lie.columns[0].squares = -1; })));
  EXPECT_FALSE(reads(changed([](SegmentProfile& lie) { lie.columns[0].sum = ColumnCounts::Wide{1} << 120; })));
  EXPECT_FALSE(reads(changed([](SegmentProfile& lie) { lie.columns[0].low = NAN; })));
  EXPECT_FALSE(reads(changed([](SegmentProfile& lie) { lie.last_us = std::numeric_limits<std::int64_t>::max(); })));
  EXPECT_FALSE(reference->fits(changed([](SegmentProfile& lie) { lie.columns[0].cells.push_back(1); })));
  EXPECT_FALSE(reference->fits(changed([](SegmentProfile& lie) { lie.columns.clear(); })));
}

}  // namespace
}  // namespace upkeep
