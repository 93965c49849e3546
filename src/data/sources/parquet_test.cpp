#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "base/files.hpp"
#include "data/sources/arrow_table.hpp"
#include "data/table.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;

TEST(Parquet, KeepsEveryTypeAndShape) {
  const TemporaryFolder folder;
  Table table;
  table.add("f16", Tensor::from_bytes(DType::kFloat16, {2}, std::as_bytes(std::span("\x00\x3C\x00\xC0", 4))));  // 1, -2
  table.add("f32", Tensor(Shape{2}, std::vector<float>{0.1F, std::numeric_limits<float>::quiet_NaN()}));
  table.add("f64", Tensor(Shape{2}, std::vector<double>{0.1, -std::numeric_limits<double>::infinity()}));
  table.add("i8", Tensor(Shape{2}, std::vector<std::int8_t>{-128, 127}));
  table.add("u8", Tensor(Shape{2}, std::vector<std::uint8_t>{0, 255}));
  table.add("i16", Tensor(Shape{2}, std::vector<std::int16_t>{-3, 4}));
  table.add("u16", Tensor(Shape{2}, std::vector<std::uint16_t>{3, 65535}));
  table.add("i32", Tensor(Shape{2}, std::vector<std::int32_t>{-3, 4}));
  table.add("u32", Tensor(Shape{2}, std::vector<std::uint32_t>{3, 4'294'967'295U}));
  table.add("i64", Tensor(Shape{2}, std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(), 4}));
  table.add("u64", Tensor(Shape{2}, std::vector<std::uint64_t>{0, std::numeric_limits<std::uint64_t>::max()}));
  table.add("bool", Tensor(Shape{2}, std::vector<bool>{true, false}));
  table.add("text", Tensor(Shape{2}, std::vector<std::string>{"", "ü"}));
  table.add("image", Tensor(Shape{2, 2, 3}, std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  table.add("flags", Tensor(Shape{2, 9}, std::vector<bool>(18, true)));
  save_table(table, folder / "t.parquet");
  const Table back = load_table(folder / "t.parquet");
  EXPECT_EQ(back.names(), table.names());
  for (const auto& [name, values] : table.columns())
    EXPECT_TRUE(back.column(name) == values) << name << to_string(back.column(name).shape());
}

TEST(Parquet, KeepsATableWithoutRows) {
  const TemporaryFolder folder;
  Table table;
  table.add("x", Tensor(Shape{0}, std::vector<float>{}));
  table.add("m", Tensor(Shape{0, 4}, std::vector<float>{}));
  save_table(table, folder / "t.parquet");
  EXPECT_EQ(load_table(folder / "t.parquet").rows(), 0);
  EXPECT_EQ(load_table(folder / "t.parquet").column("m").shape(), (Shape{0, 4}));
}

TEST(Parquet, WidensABfloat16) {
  const TemporaryFolder folder;
  Table table;
  table.add("b", Tensor(Shape{2}, std::vector<float>{1.5F, -2.0F}).cast(DType::kBFloat16));
  save_table(table, folder / "t.parquet");
  EXPECT_THAT(load_table(folder / "t.parquet").column("b").floats(), ElementsAre(1.5F, -2.0F));
}

TEST(Parquet, TwoFilesOfOneTableAreEqual) {
  const TemporaryFolder folder;
  Table table;
  table.add("x", Tensor(Shape{3}, std::vector<double>{1, 2, 3}));
  save_table(table, folder / "a.parquet");
  save_table(table, folder / "b.parquet");
  EXPECT_EQ(read_file(folder / "a.parquet"), read_file(folder / "b.parquet"));
}

TEST(Parquet, RefusesDamagedFilesWithOneLine) {
  const TemporaryFolder folder;
  Table table;
  std::vector<double> values;
  for (int i = 0; i < 500; ++i) values.push_back(std::sin(i));
  table.add("x", Tensor(Shape{500}, std::move(values)));
  save_table(table, folder / "t.parquet");
  const std::string whole = read_file(folder / "t.parquet");
  std::vector<std::string> damaged = {whole.substr(0, whole.size() / 2), whole.substr(0, 4), "PAR1" + std::string(60, '\xFF') + "PAR1"};
  for (std::size_t at = 4; at + 8 < whole.size(); at += 97) {  // in pages and in the footer
    damaged.push_back(whole);
    damaged.back()[at] = static_cast<char>(damaged.back()[at] ^ 0x40);
  }
  std::size_t refused = 0;
  for (const std::string& bytes : damaged) {
    std::ofstream(folder / "d.parquet", std::ios::binary) << bytes;
    try {
      load_table(folder / "d.parquet");
    } catch (const Error& error) {
      ++refused;
      EXPECT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos) << error.what();
    }
  }
  EXPECT_GT(refused, damaged.size() / 2) << "page checksums find damaged values; some bytes of the footer carry nothing";
}

// A table of whole numbers "n", floats "f" and times "t", of which the cells of `missing` hold no value.
void save_with_gaps(const std::filesystem::path& file, const std::vector<std::int64_t>& numbers, const std::vector<std::uint8_t>& missing) {
  const Shape shape{static_cast<std::int64_t>(numbers.size())};
  Table table;
  table.add("n", Tensor(shape, numbers));
  table.add("f", Tensor::full<float>(shape, 0.5F));
  table.add("t", Tensor::full<std::int64_t>(shape, 1'000'000));
  table.set_time("t");
  write_file(file, sources::parquet_bytes(table, {.missing = {{"n", missing}}, .notes = {{"by", "me"}}}));
}

TEST(Parquet, HoldsGapsTimesAndNotes) {
  const TemporaryFolder folder;
  save_with_gaps(folder / "t.parquet", {1, 2, 3}, {0, 1, 0});
  const Table back = load_table(folder / "t.parquet");
  EXPECT_THAT(back.column("n").data<double>(), ElementsAre(1, testing::IsNan(), 3));
  EXPECT_TRUE(back.is_time("t"));
  EXPECT_THAT(back.column("t").data<std::int64_t>(), ElementsAre(1'000'000, 1'000'000, 1'000'000));
  const sources::ParquetSummary summary = sources::summarize_parquet(folder / "t.parquet");
  EXPECT_EQ(summary.rows, 3);
  EXPECT_THAT(summary.columns, ElementsAre("n", "f", "t"));
  EXPECT_EQ(summary.notes.at("by"), "me");
}

TEST(Parquet, ReadsTheColumnsThatAreAskedFor) {
  const TemporaryFolder folder;
  save_with_gaps(folder / "t.parquet", {1, 2}, {0, 0});
  EXPECT_THAT(sources::load_parquet(folder / "t.parquet", {"t", "n", "absent"}).names(), ElementsAre("n", "t"));
}

TEST(Parquet, MergesFilesCellByCell) {
  const TemporaryFolder folder;
  save_with_gaps(folder / "a.parquet", {9007199254740993, 2}, {0, 1});
  save_with_gaps(folder / "b.parquet", {3}, {0});
  Table other;
  other.add("n", Tensor(Shape{1}, std::vector<std::int64_t>{4}));
  write_file(folder / "c.parquet", sources::parquet_bytes(other, {}));
  write_file(folder / "whole.parquet", sources::merged_parquet({folder / "a.parquet", folder / "b.parquet", folder / "c.parquet"}, {}));
  const Table whole = load_table(folder / "whole.parquet");
  EXPECT_THAT(whole.column("n").strings(), ElementsAre("9007199254740993", "", "3", "4"));  // beyond float64, so as texts
  EXPECT_THAT(whole.column("f").floats(), ElementsAre(0.5F, 0.5F, 0.5F, testing::IsNan()));
  Table text;
  text.add("n", Tensor(Shape{1}, std::vector<std::string>{"x"}));
  write_file(folder / "d.parquet", sources::parquet_bytes(text, {}));
  EXPECT_THROW(sources::merged_parquet({folder / "a.parquet", folder / "d.parquet"}, {}), Error);
}

}  // namespace
}  // namespace upkeep
