#include "log/profile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "base/files.hpp"
#include "base/format.hpp"
#include "log/labels.hpp"
#include "log/log_files.hpp"
#include "log/reader.hpp"
#include "log/retention.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::Pair;

std::vector<double> normal(std::size_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> draw;
  std::vector<double> values(count);
  std::ranges::generate(values, [&] { return draw(engine); });
  return values;
}

// A number of 1000 quantile cells, a few whole numbers, and categories.
ReferenceProfile reference(unsigned seed = 1) {
  std::vector<double> values = normal(20'000, seed);
  std::ranges::sort(values);
  std::vector<ColumnCells> columns(3);
  columns[0] = {.column = "in.a", .edges = edges_of(values)};
  columns[1] = {.column = "in.n", .edges = edges_of(std::vector<double>{1, 1, 2, 5})};
  columns[2] = {.column = "in.c", .categorical = true, .categories = {"x", "y"}};
  ReferenceProfile::Part all{.name = "all", .rows = 20'000, .columns = {}};
  all.columns.push_back(count_column(columns[0], Tensor({20'000}, values), {}));
  for (int i = 1; i < 3; ++i) all.columns.push_back({.cells = std::vector<std::int64_t>(columns[static_cast<std::size_t>(i)].size())});
  return reference_profile(columns, {all});
}

Table segment(std::int64_t rows, unsigned seed) {
  std::vector<double> a = normal(static_cast<std::size_t>(rows), seed), n;
  std::vector<std::string> c, ids, errors;
  for (std::int64_t i = 0; i < rows; ++i) {
    n.push_back(static_cast<double>(i % 7));
    c.push_back(i % 11 == 0 ? "" : i % 3 == 0 ? upkeep::format("new {}", (i * seed) % 400) : i % 2 == 0 ? "x" : "y");
    ids.push_back(std::to_string(i));
    errors.push_back(i % 50 == 49 ? "no" : "");
  }
  a[0] = NAN, a[1] = INFINITY;
  Table table;
  table.add("request_id", Tensor({rows}, ids));
  table.add("row", Tensor({rows}, std::vector<std::int64_t>(static_cast<std::size_t>(rows))));
  table.add("time", Tensor({rows}, std::vector<std::int64_t>(static_cast<std::size_t>(rows), 1'000'000 * seed)));
  table.add("latency_us", Tensor({rows}, std::vector<std::int64_t>(static_cast<std::size_t>(rows), 100 + seed)));
  table.add("error", Tensor({rows}, errors));
  table.add("in.a", Tensor({rows}, a));
  table.add("in.n", Tensor({rows}, n));
  table.add("in.c", Tensor({rows}, c));
  return table;
}

TEST(Edges, GiveEachOfAFewValuesItsOwnCellAndTheGapsOneEach) {
  const ColumnCells cells{.column = "n", .edges = edges_of(std::vector<double>{1, 1, 2, 5})};
  EXPECT_EQ(cells.size(), 7U);
  std::vector<std::size_t> found;
  for (const double value : {0.5, 1.0, 1.5, 2.0, 4.0, 5.0, 6.0}) found.push_back(cells.of(value));
  EXPECT_THAT(found, ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_TRUE(cells.is_one_value(1) && cells.is_one_value(3) && !cells.is_one_value(2));
}

TEST(Edges, CutManyValuesAtQuantilesAndKeepAFrequentOneAlone) {
  std::vector<double> values = normal(50'000, 3);
  values.insert(values.end(), 20'000, 0.25);
  std::ranges::sort(values);
  const ColumnCells cells{.column = "a", .edges = edges_of(values)};
  EXPECT_LE(cells.size(), 1'024U);
  EXPECT_TRUE(cells.is_one_value(cells.of(0.25)));
  const ColumnCounts counts = count_column(cells, Tensor({70'000}, values), {});
  for (std::size_t cell = 0; cell < cells.size(); ++cell) EXPECT_TRUE(cells.is_one_value(cell) || counts.cells[cell] <= 140) << cell;
  EXPECT_EQ(counts.cells.front() + counts.cells.back(), 0);
}

TEST(Cells, AreThoseOfASearchAmongTheEdges) {
  const ReferenceProfile known = reference();
  const std::vector<double>& edges = known.columns[0].edges;
  for (const double value : normal(5'000, 9))
    ASSERT_EQ(known.columns[0].of(value), static_cast<std::size_t>(std::ranges::upper_bound(edges, value) - edges.begin()));
  for (const double edge : edges)
    ASSERT_EQ(known.columns[0].of(edge), static_cast<std::size_t>(std::ranges::upper_bound(edges, edge) - edges.begin()));
}

TEST(SegmentProfile, CountsWhatASegmentHolds) {
  const SegmentProfile profile = profile_of(segment(100, 2), reference());
  EXPECT_EQ(profile.rows, 98);
  EXPECT_EQ(profile.failed_rows, 2);
  EXPECT_EQ(profile.requests, 100);
  EXPECT_EQ(profile.failed, 2);
  EXPECT_EQ(profile.columns[0].missing, 1);
  EXPECT_EQ(profile.columns[0].infinite, 1);
  EXPECT_EQ(profile.columns[0].values(), 97);
  EXPECT_EQ(profile.columns[2].missing, 9);  // of rows 0, 11, ..., 88 and the failed row 99
  EXPECT_THAT(profile.latency, ElementsAre(Pair(latency_cell(102), 98)));
  EXPECT_NEAR(latency_of(latency_cell(102)), 102, 102 * 0.022);
}

TEST(SegmentProfile, AddsUpExactlyInAnyOrder) {
  const ReferenceProfile known = reference();
  std::vector<SegmentProfile> parts;
  std::vector<Table> tables;
  for (unsigned seed = 1; seed <= 12; ++seed) tables.push_back(segment(200 + 10 * seed, seed));
  for (const Table& table : tables) parts.push_back(profile_of(table, known));
  const SegmentProfile whole = profile_of(Table::concatenate(tables), known);
  std::mt19937 engine(5);
  for (int attempt = 0; attempt < 20; ++attempt) {
    std::vector<SegmentProfile> left = parts;
    std::ranges::shuffle(left, engine);
    while (left.size() > 1) {  // neighbours of a random place, so that the brackets differ too
      const std::size_t at = std::uniform_int_distribution<std::size_t>(0, left.size() - 2)(engine);
      left[at].merge(left[at + 1]);
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    }
    ASSERT_EQ(left.front(), whole);
  }
  EXPECT_LE(whole.columns[2].others.size(), kNamedOthers);
  EXPECT_THROW(parts[0].merge(profile_of(tables[0], reference(2))), Error);
}

// A value is in the cell behind as many edges as are not above it; few values are searched otherwise than many, and a far outlier spoils
// the grid.
TEST(Profiles, CountEachNumberWhereAPlainSearchFindsIt) {
  for (const std::size_t rows : {std::size_t{50}, std::size_t{9000}})
    for (const double outlier : {0.0, 1e12, 1e308}) {
      std::vector<double> known = normal(20'000, 7), values = normal(rows, 8);
      known[0] = outlier, known[1] = -outlier;
      std::ranges::sort(known);
      values[1] = NAN, values[2] = INFINITY, values[3] = -INFINITY, values[4] = outlier, values[5] = known[10'000];
      std::vector<std::uint8_t> left_out(rows);
      for (std::size_t i = 0; i < rows; i += 7) left_out[i] = 1;
      const ColumnCells cells{.column = "in.a", .edges = edges_of(known)};
      ColumnCounts expected{.cells = std::vector<std::int64_t>(cells.size())};
      for (std::size_t i = 0; i < rows; ++i) {
        if (left_out[i] == 1) continue;
        if (std::isnan(values[i])) {
          ++expected.missing;
          continue;
        }
        ++expected.cells[static_cast<std::size_t>(std::ranges::upper_bound(cells.edges, values[i]) - cells.edges.begin())];
        if (std::isinf(values[i])) {
          ++expected.infinite;
          continue;
        }
        expected.low = std::min(expected.low, values[i]), expected.high = std::max(expected.high, values[i]);
        const auto units = static_cast<std::int64_t>(std::nearbyint(std::clamp(values[i] * 65536, -0x1p46, 0x1p46)));
        expected.sum += units, expected.squares += static_cast<ColumnCounts::Wide>(units) * units;
      }
      EXPECT_EQ(count_column(cells, Tensor({static_cast<std::int64_t>(rows)}, values), left_out), expected) << rows << ' ' << outlier;
    }
}

TEST(ProfileFiles, BringBackWhatWasWritten) {
  const TemporaryFolder folder;
  const ReferenceProfile known = reference();
  save_reference_profile(known, folder / "r.json");
  const ReferenceProfile loaded = load_reference_profile(folder / "r.json");
  EXPECT_EQ(loaded.columns, known.columns);
  EXPECT_EQ(loaded.fingerprint, known.fingerprint);
  const SegmentProfile profile = profile_of(segment(300, 4), loaded);
  write_profile(profile, folder / "a.parquet");
  EXPECT_EQ(read_profile(folder / "a.parquet", known.fingerprint), profile);
  EXPECT_LT(fs::file_size(profile_path(folder / "a.parquet")), 4'000U);
}

TEST(ProfileFiles, AreNotThereWhenTheyAreDamagedOrOfAnother) {
  const TemporaryFolder folder;
  const SegmentProfile profile = profile_of(segment(300, 4), reference());
  const fs::path segment = folder / "a.parquet";
  EXPECT_FALSE(read_profile(segment));
  write_profile(profile, segment);
  EXPECT_FALSE(read_profile(segment, reference(2).fingerprint));
  fs::copy(profile_path(segment), profile_path(folder / "b.parquet"));
  EXPECT_FALSE(read_profile(folder / "b.parquet"));
  const std::string bytes = read_file(profile_path(segment));
  for (std::size_t at = 0; at < bytes.size(); at += 37) {
    std::string damaged = bytes;
    damaged[at] ^= 4;
    std::ofstream(profile_path(segment), std::ios::binary) << damaged;
    ASSERT_FALSE(read_profile(segment)) << at;
    std::ofstream(profile_path(segment), std::ios::binary) << bytes.substr(0, at);
    ASSERT_FALSE(read_profile(segment)) << at;
  }
}

class ProfilesOfALog : public testing::Test {
 protected:
  ProfilesOfALog() {
    std::vector<ColumnCells> columns(1);
    columns[0] = {.column = "in.x.0", .dtype = DType::kFloat32, .edges = edges_of(std::vector<double>{0, 1, 2, 3})};
    known = std::make_shared<const ReferenceProfile>(reference_profile(
        columns, {{.name = "all", .rows = 4, .columns = {count_column(columns[0], Tensor({4}, std::vector<double>{0, 1, 2, 3}), {})}}}));
    PredictionLog log({.folder = folder.path(), .reference = [this](const std::string&, std::int64_t) { return known; }});
    for (int i = 0; i < 6; ++i) {
      log.offer({.request_id = std::to_string(i),
                 .time = LogTime(std::chrono::days(20'000) + std::chrono::seconds(i)),
                 .model = "m",
                 .version = 1,
                 .inputs = {{"x", Tensor({1, 1}, std::vector<float>{static_cast<float>(i % 3)})}},
                 .outputs = {{"y", Tensor({1}, std::vector<float>{1})}}});
      log.flush();
    }
  }
  std::vector<LogFile> files() { return log_files(folder / "m", LogKind::kPredictions); }
  SegmentProfile sum() {
    SegmentProfile all{.fingerprint = known->fingerprint};
    for (const LogFile& file : files()) all.merge(read_profile(file.path).value());
    return all;
  }
  std::size_t profiles() {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder.path())) count += entry.path().extension() == ".profile";
    return count;
  }

  TemporaryFolder folder;
  std::shared_ptr<const ReferenceProfile> known;
};

TEST_F(ProfilesOfALog, LieBesideEachSegmentAndAreAddedUpByCompaction) {
  EXPECT_EQ(profiles(), 6U);
  const SegmentProfile before = sum();
  EXPECT_EQ(before.rows, 6);
  EXPECT_THAT(before.columns[0].cells, ElementsAre(0, 2, 0, 2, 0, 2, 0, 0, 0));
  EXPECT_EQ(compact_log(folder.path(), "m").files_after, 1);
  EXPECT_EQ(profiles(), 1U);
  EXPECT_EQ(sum(), before);
  expire_log(folder.path(), "m", LogTime(std::chrono::days(20'002)));
  EXPECT_EQ(profiles(), 0U);
}

// The profile of a compacted file would leave out what has none.
TEST(ReferenceProfile, KeepsWhichScoresAnswerClasses) {
  const TemporaryFolder folder;
  const ColumnCells cells{.column = "class.p",
                          .categorical = true,
                          .edges = {},
                          .categories = {"no", "yes"},
                          .scores = {"out.p.0", "out.p.1"},
                          .classes = {"yes", "no"}};
  const ReferenceProfile made = reference_profile({cells}, {{.name = "all", .rows = 3, .columns = {{.cells = {1, 2, 0}, .others = {}}}}});
  save_reference_profile(made, folder / "p.json");
  const ReferenceProfile read = load_reference_profile(folder / "p.json");
  EXPECT_EQ(read.columns, made.columns);
  EXPECT_EQ(read.fingerprint, made.fingerprint);
}

TEST_F(ProfilesOfALog, AreNotAddedUpWhereOneIsLost) {
  fs::remove(profile_path(files().front().path));
  compact_log(folder.path(), "m");
  EXPECT_EQ(profiles(), 0U);
  EXPECT_FALSE(read_profile(files().front().path));
}

}  // namespace
}  // namespace upkeep
