#include "data/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.hpp"
#include "data/sources/source.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Tensor doubles(std::vector<double> values) {
  const auto rows = static_cast<std::int64_t>(values.size());
  return Tensor({rows}, std::move(values));
}

template <typename Work>
std::string message_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Table, KeepsColumnsInOrderAndFindsThemByName) {
  Table table;
  EXPECT_EQ(table.rows(), 0);
  table.add("b", doubles({1, 2}));
  table.add("a", Tensor(Shape{2, 3}, std::vector<float>(6)));
  EXPECT_EQ(table.rows(), 2);
  EXPECT_THAT(table.names(), ElementsAre("b", "a"));
  EXPECT_TRUE(table.has("a"));
  EXPECT_FALSE(table.has("c"));
  EXPECT_THAT(table.column("b").data<double>(), ElementsAre(1, 2));
}

TEST(Table, RefusesColumnsThatDoNotFit) {
  Table table;
  table.add("price", doubles({1, 2}));
  EXPECT_THAT(message_of([&] { table.add("size", doubles({1})); }), HasSubstr("column \"size\" has 1 rows, \"price\" has 2"));
  EXPECT_THAT(message_of([&] { table.add("price", doubles({3, 4})); }), HasSubstr("the column name \"price\" is used twice"));
  EXPECT_THAT(message_of([&] { table.add("scalar", Tensor::scalar(1.0F)); }), HasSubstr("scalar"));
  EXPECT_THAT(table.names(), ElementsAre("price"));
}

TEST(Table, NamesTheCandidatesOfAnUnknownColumn) {
  Table table;
  table.add("price", doubles({1}));
  table.add("size", doubles({2}));
  const std::string message = message_of([&] { table.column("pricee"); });
  EXPECT_THAT(message, HasSubstr("unknown column \"pricee\""));
  EXPECT_THAT(message, HasSubstr("did you mean \"price\"?"));
  EXPECT_THAT(message, HasSubstr("price, size"));
}

TEST(Table, SlicesAndGathersRows) {
  Table table;
  table.add("x", doubles({0, 1, 2, 3}));
  table.add("s", Tensor(Shape{4}, std::vector<std::string>{"a", "b", "c", "d"}));
  EXPECT_THAT(table.rows(1, 3).column("x").data<double>(), ElementsAre(1, 2));
  EXPECT_THAT(table.rows(1, 3).column("s").strings(), ElementsAre("b", "c"));
  EXPECT_THAT(table.take({3, 0}).column("x").data<double>(), ElementsAre(3, 0));
  EXPECT_THROW(table.rows(2, 5), Error);
  EXPECT_THROW(table.take({4}), Error);
}

TEST(Table, JoinsPartsByNameWhateverTheirOrder) {
  Table first;
  first.add("x", doubles({1}));
  first.add("y", Tensor(Shape{1}, std::vector<std::int64_t>{5}));
  Table second;
  second.add("y", Tensor(Shape{1}, std::vector<std::int64_t>{6}));
  second.add("x", doubles({2}));
  const Table whole = Table::concatenate({first, second});
  EXPECT_THAT(whole.names(), ElementsAre("x", "y"));
  EXPECT_THAT(whole.column("x").data<double>(), ElementsAre(1, 2));
  EXPECT_THAT(whole.column("y").data<std::int64_t>(), ElementsAre(5, 6));
  EXPECT_EQ(Table::concatenate({}).rows(), 0);
}

TEST(Table, RefusesToJoinTablesWithOtherColumns) {
  Table first;
  first.add("x", doubles({1}));
  Table second = first;
  second.add("y", doubles({1}));
  EXPECT_THAT(message_of([&] { Table::concatenate({first, second}); }), HasSubstr("x and x, y"));
  Table third;
  third.add("z", doubles({1}));
  EXPECT_THAT(message_of([&] { Table::concatenate({first, third}); }), HasSubstr("unknown column \"x\""));
}

TEST(LoadTable, NamesTheFileAndTheKnownFormats) {
  const TemporaryFolder folder;
  EXPECT_THAT(message_of([&] { load_table(folder / "none.csv"); }), HasSubstr("none.csv: there is no such file"));
  EXPECT_THAT(message_of([&] { load_table(folder.path()); }), HasSubstr("the folder has no images"));
  std::ofstream(folder / "x.docx") << "a,b\n1,2\n";
  EXPECT_THAT(message_of([&] { load_table(folder / "x.docx"); }),
              testing::AllOf(HasSubstr("unknown table format \".docx\""), HasSubstr(".parquet")));
}

TEST(LoadTable, GoesByTheContentBeforeTheExtension) {
  const TemporaryFolder folder;
  Table table;
  table.add("x", doubles({1.5, 2.5}));
  for (const char* format : {".parquet", ".npz"}) {
    save_table(table, folder / (std::string("t") + format));
    std::filesystem::rename(folder / (std::string("t") + format), folder / "disguised.csv");
    EXPECT_THAT(load_table(folder / "disguised.csv").column("x").data<double>(), ElementsAre(1.5, 2.5));
  }
}

TEST(SaveTable, LeavesAnOldFileAloneWhenItFails) {
  const TemporaryFolder folder;
  Table good;
  good.add("x", doubles({1, 2}));
  Table bad = good;
  bad.add("z", Tensor(Shape{2}, std::vector<std::uint8_t>{1, 2}));
  bad.add("c", Tensor::from_bytes(DType::kFloat8E4M3FN, {2}, std::as_bytes(std::span("ab", 2))));
  for (const char* name : {"t.csv", "t.parquet", "t.npz"}) {
    save_table(good, folder / name);
    const std::string before = read_file(folder / name);
    EXPECT_THAT(message_of([&] { save_table(bad, folder / name); }), HasSubstr("\"c\"")) << name;
    EXPECT_EQ(read_file(folder / name), before) << name;
  }
  EXPECT_THROW(save_table(good, folder / "t.xlsx"), Error);
  EXPECT_THROW(save_table(Table(), folder / "t.csv"), Error);
  EXPECT_THROW(save_table(good, folder / "no/such/folder/t.csv"), Error);
}

TEST(Sources, RoundTripTheSameTable) {
  const TemporaryFolder folder;
  Table table;
  table.add("count", Tensor(Shape{3}, std::vector<std::int64_t>{-1, 0, 9'007'199'254'740'993}));
  table.add("price", doubles({0.1, -2.5e-300, 3.0e10}));
  table.add("name", Tensor(Shape{3}, std::vector<std::string>{"a, b", "say \"hi\"\nthere", "ü€😀"}));
  table.add("ok", Tensor(Shape{3}, std::vector<bool>{true, false, true}));
  for (const sources::SourceEntry& source : sources::catalog())
    for (const std::string& extension : source.extensions) {
      if (!source.save) continue;  // images are only read
      const auto file = folder / ("t" + extension);
      save_table(table, file);
      const Table back = load_table(file);
      EXPECT_EQ(back.names(), table.names());
      for (const auto& [name, values] : table.columns()) EXPECT_TRUE(back.column(name) == values) << extension << " " << name;
    }
}

TEST(Sources, SayWhatMayBeSaidOfEachTable) {
  const Room room = sources::describe("data/sources", sources::catalog());
  EXPECT_EQ(room.members.size(), sources::catalog().size() + 1);
  std::vector<std::string> names;
  for (const Json& setting : room.members.back().settings) names.push_back(setting["name"]);
  EXPECT_THAT(names, ElementsAre("image_shape", "pixels", "window", "stride", "horizon", "by"));
}

TEST(Table, TextsOfOtherBytesBecomeUtf8) {
  const TemporaryFolder folder;
  Table table;
  table.add(
      "gr\xF6\xDF"
      "e",
      Tensor({2}, std::vector<std::string>{"caf\xE9", "ok"}));
  table.add("größe 2", doubles({1, 2}));
  save_table(table, folder / "t.parquet");
  testing::internal::CaptureStderr();
  const Table back = load_table(folder / "t.parquet");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("column \"größe\" is not UTF-8 and is read as Windows-1252"));
  EXPECT_THAT(back.names(), ElementsAre("größe", "größe 2"));
  EXPECT_THAT(back.column("größe").strings(), ElementsAre("café", "ok"));
}

}  // namespace
}  // namespace upkeep
