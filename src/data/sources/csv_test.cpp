#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "base/error_testing.hpp"
#include "base/files.hpp"
#include "data/elements.hpp"
#include "data/table.hpp"
#include "upkeep/error.hpp"

namespace upkeep {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNan;
using testing::Not;

class Csv : public testing::Test {
 protected:
  Table load(std::string_view text, const char* name = "t.csv") { return load_with("", text, name); }
  Table load_with(const std::string& settings, std::string_view text, const char* name = "t.csv") {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    testing::internal::CaptureStderr();
    try {
      Table table = load_table((folder_ / name).string() + (settings.empty() ? "" : ":" + settings));
      said_ = testing::internal::GetCapturedStderr();
      return table;
    } catch (...) {
      said_ = testing::internal::GetCapturedStderr();
      throw;
    }
  }
  std::string refusal(std::string_view text, const std::string& settings = "") {
    try {
      load_with(settings, text);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  TemporaryFolder folder_;
  std::string said_;  // notes of the last load
};

TEST_F(Csv, InfersNumbersTruthValuesTimesAndText) {
  const Table table = load("i,f,b,s,d,t\n1,1.5,true,x,1970-01-02,1970-01-01 00:00:01.5\n-2,1e3,false,,1970-01-01,2000-01-01 00:00:00\n");
  EXPECT_THAT(table.column("i").data<std::int64_t>(), ElementsAre(1, -2));
  EXPECT_THAT(table.column("f").data<double>(), ElementsAre(1.5, 1000));
  EXPECT_THAT(table.column("b").data<bool>(), ElementsAre(true, false));
  EXPECT_THAT(table.column("s").strings(), ElementsAre("x", ""));
  EXPECT_THAT(table.column("d").data<std::int64_t>(), ElementsAre(86'400'000'000, 0));
  EXPECT_THAT(table.column("t").data<std::int64_t>(), ElementsAre(1'500'000, 946'684'800'000'000));
}

TEST_F(Csv, MissingNumbersAreNan) {
  const Table table = load("i,f,b,e\n1,,true,\n,2.5,,\nNaN,NA,false,\n");
  EXPECT_THAT(table.column("i").data<double>(), ElementsAre(1, IsNan(), IsNan()));
  EXPECT_THAT(table.column("f").data<double>(), ElementsAre(IsNan(), 2.5, IsNan()));
  EXPECT_THAT(table.column("b").data<double>(), ElementsAre(1, IsNan(), 0));
  EXPECT_THAT(table.column("e").strings(), ElementsAre("", "", ""));
}

TEST_F(Csv, KeepsTheTextOfAColumnThatIsMostlyNumbers) {
  EXPECT_THAT(load("x\n1\n2.50\nabc\n").column("x").strings(), ElementsAre("1", "2.50", "abc"));
}

TEST_F(Csv, ReadsQuotedTextWithSeparatorsQuotesAndLineEnds) {
  const Table table = load("a,b\n\"x, \"\"y\"\"\",1\n\"two\nlines\",2\n");
  EXPECT_THAT(table.column("a").strings(), ElementsAre("x, \"y\"", "two\nlines"));
  EXPECT_THAT(table.column("b").data<std::int64_t>(), ElementsAre(1, 2));
}

TEST_F(Csv, ToleratesAByteOrderMarkCarriageReturnsAndNoLastLineEnd) {
  const Table table = load(
      "\xEF\xBB\xBF"
      "a,b\r\n1,x\r\n\r\n2,y");
  EXPECT_THAT(table.column("a").data<std::int64_t>(), ElementsAre(1, 2));
  EXPECT_THAT(table.column("b").strings(), ElementsAre("x", "y"));
}

TEST_F(Csv, SeparatesTsvByTabs) {
  const Table table = load("a\tb\n1,x\t2\n", "t.tsv");
  EXPECT_THAT(table.column("a").strings(), ElementsAre("1,x"));
  EXPECT_THAT(table.column("b").data<std::int64_t>(), ElementsAre(2));
}

TEST_F(Csv, NamesAColumnWithoutANameByItsPlace) { EXPECT_THAT(load(",x\n0,5\n").names(), ElementsAre("column_1", "x")); }

TEST_F(Csv, NamesTheLineOfARaggedRow) {
  EXPECT_THAT(refusal("a,b,c\n1,2,3\n4,5\n"),
              AllOf(HasSubstr("t.csv: line 3 has 2 values where the header has 3: 4,5"), Not(HasSubstr("quote"))));
  EXPECT_THAT(refusal("a,b\n\n\"x\ny\",2\n\n1,2,3\n"),
              AllOf(HasSubstr("line 6 has 3 values where the header has 2: 1,2,3"), HasSubstr("needs quotes")));
  EXPECT_THAT(refusal("a,b,c\n1,\"2,3\n4,5,6\n"), AllOf(HasSubstr("line 2"), HasSubstr("is a quote left open there?")));
}

TEST_F(Csv, NamesTheLineOfARaggedRowInAFileThatThreadsRead) {
  std::string text = "a,b\n";
  for (int i = 0; i < 1'000'000; ++i) text += "123456,7890\n";
  EXPECT_EQ(load(text).rows(), 1'000'000);
  text.insert(4 + std::string("123456,7890\n").size() * 900'000, "1,2,3\n");
  EXPECT_THAT(refusal(text), HasSubstr("line 900002 has 3 values"));
}

TEST_F(Csv, SaysWhenThereIsNothingToRead) {
  EXPECT_THAT(refusal(""), HasSubstr("the file is empty"));
  EXPECT_THAT(refusal("\n\n"), HasSubstr("the file is empty"));
  EXPECT_THAT(refusal("a,b\n"), HasSubstr("a header and no rows"));
  EXPECT_THAT(refusal("a,b"), HasSubstr("a header and no rows"));
}

TEST_F(Csv, RefusesWhatIsNoText) {
  EXPECT_THAT(refusal(std::string_view("a\0b\n1\n", 6)), HasSubstr("binary"));
  EXPECT_THAT(refusal("\xFF\xFE"
                      "a"),
              HasSubstr("no text in UTF-16"));
  EXPECT_THAT(refusal("a,a\n1,2\n"), HasSubstr("the column name \"a\" is used twice"));
}

TEST_F(Csv, DetectsSemicolonsAndDecimalCommasAndSaysSo) {
  const Table table = load("a;b;c\n1,5;2;x\n-0,25;3;y,z\n");
  EXPECT_THAT(table.column("a").data<double>(), ElementsAre(1.5, -0.25));
  EXPECT_THAT(table.column("b").data<std::int64_t>(), ElementsAre(2, 3));
  EXPECT_THAT(table.column("c").strings(), ElementsAre("x", "y,z"));
  EXPECT_THAT(said_, HasSubstr("t.csv:separator=;,decimal=,"));
  EXPECT_THAT(load_with("separator=;,decimal=,", "a;b\n1,500;2\n2;1\n").column("a").data<double>(), ElementsAre(1.5, 2));
  EXPECT_EQ(said_, "");
  EXPECT_THAT(load_with("decimal=,separator=semicolon", "a;b\n1,5;2\n").column("a").data<double>(), ElementsAre(1.5));
  EXPECT_THAT(load("a;b\n1,500;2.5\n").column("a").strings(), ElementsAre("1,500"))
      << "thousands, not decimals: the other column has points";
  EXPECT_THAT(load("a;b\n1,500;2\n").column("a").strings(), ElementsAre("1,500")) << "could be either";
  EXPECT_THAT(said_, HasSubstr("\"1,500\" is read as text"));
}

TEST_F(Csv, ReadsPointsBetweenThousandsBesideADecimalComma) {
  const Table table = load("a;b;c\n1.234,5;1.234;2,5\n-3,25;12.345.678;1\n");
  EXPECT_THAT(table.column("a").data<double>(), ElementsAre(1234.5, -3.25));
  EXPECT_THAT(table.column("b").data<double>(), ElementsAre(1234, 12345678));
  EXPECT_THAT(table.column("c").data<double>(), ElementsAre(2.5, 1));
  EXPECT_THAT(load_with("separator=;,decimal=,", "a;b\n1.234;2\n3.250;NA\n").column("a").data<double>(), ElementsAre(1234, 3250));
  EXPECT_THAT(load_with("separator=;,decimal=,", "a;b\n9.007.199.254.740.993;2\n").column("a").strings(), ElementsAre("9007199254740993"));
  EXPECT_THAT(refusal("a;b\n1.5;2\n3.250;1\n", "separator=;,decimal=,"), HasSubstr("column \"a\": row 1 holds \"1.5\", whose point"));
  EXPECT_THAT(load_with("separator=;,decimal=,", "a;b\n01.02.2024;2\nx;1\n").column("a").strings(), ElementsAre("01.02.2024", "x"));
}

TEST_F(Csv, KeepsCommasWhereTheyAreCertain) {
  EXPECT_THAT(load("a,b\nx;y,1\nz;w,2\n").column("a").strings(), ElementsAre("x;y", "z;w"));
  EXPECT_EQ(said_, "");
  EXPECT_THAT(load("a|b\n1|2\n").names(), ElementsAre("a", "b"));
  EXPECT_THAT(load("a\tb\n1\t2\n").names(), ElementsAre("a", "b"));
  EXPECT_THAT(load("y\n1\n2\n").names(), ElementsAre("y"));
}

TEST_F(Csv, ReadsBlanksAsSeparators) {
  const Table table = load_with("separator=space,header=false", "  1.5   x\n22.0 yy  \n");
  EXPECT_THAT(table.column("column_1").data<double>(), ElementsAre(1.5, 22));
  EXPECT_THAT(table.column("column_2").strings(), ElementsAre("x", "yy"));
}

TEST_F(Csv, ReadsOtherEncodings) {
  EXPECT_THAT(load("gr\xF6\xDF"
                   "e,b\n1,\x80\n")
                  .names(),
              ElementsAre("größe", "b"));
  EXPECT_THAT(said_, HasSubstr("encoding=windows-1252"));
  EXPECT_THAT(load("b\n\x80 5\n").column("b").strings(), ElementsAre("€ 5"));
  EXPECT_THAT(load_with("encoding=latin-1", "b\n\xE9\n").column("b").strings(), ElementsAre("é"));
  EXPECT_EQ(said_, "");
  EXPECT_THAT(load_with("encoding=ISO-8859-1", "b\nx\n").column("b").strings(), ElementsAre("x"));
  const std::string_view utf16(
      "\xFF\xFE"
      "a\0,\0\xF6\0\n\0"
      "1\0,\0"
      "2\0\n\0",
      18);
  EXPECT_THAT(load(utf16).names(), ElementsAre("a", "ö"));
  EXPECT_THAT(load(utf16.substr(2)).names(), ElementsAre("a", "ö")) << "without its mark";
  EXPECT_THAT(refusal("b\nx\n\xFF\n", "encoding=utf-8"), HasSubstr("line 3 is no text in UTF-8"));
  EXPECT_THAT(refusal("b\nx\n", "encoding=klingon"), HasSubstr("unknown encoding \"klingon\""));
}

TEST_F(Csv, FindsALetterOfAnotherEncodingFarFromTheStart) {
  std::string text = "a,b\n";
  for (int i = 0; i < 200'000; ++i) text += "1,word\n";
  EXPECT_EQ(load(text + "1,\xE9\n").column("b").strings().back(), "é");
}

TEST_F(Csv, TakesNamesWithoutBlanksAroundThem) {
  const Table table = load("a, b, y\n1, 2, red\n3, 4, blue\n");
  EXPECT_THAT(table.names(), ElementsAre("a", "b", "y"));
  EXPECT_THAT(table.column("b").data<std::int64_t>(), ElementsAre(2, 4));
  EXPECT_THAT(table.column("y").strings(), ElementsAre("red", "blue"));
}

TEST_F(Csv, ReadsWordsForMissingNumbersAndSaysWhere) {
  const Table table = load("b,c\n1,x\n?,?\nNA,y\n4,z\n5,z\n");
  EXPECT_THAT(table.column("b").data<double>(), ElementsAre(1, IsNan(), IsNan(), 4, 5));
  EXPECT_THAT(table.column("c").strings(), ElementsAre("x", "?", "y", "z", "z")) << "a text may be a question mark";
  EXPECT_THAT(said_, HasSubstr("column \"b\": \"?\" is read as missing in 2 of 5 rows, first in row 2"));
  const Table own = load_with("missing=[-999,unknown]", "b,c\n1,x\n-999,unknown\n");
  EXPECT_THAT(own.column("b").data<double>(), ElementsAre(1, IsNan()));
  EXPECT_THAT(own.column("c").strings(), ElementsAre("x", ""));
  EXPECT_THAT(load("b\n1\nx?\n").column("b").strings(), ElementsAre("1", "x?"));
}

TEST_F(Csv, KeepsWholeNumbersThatFloatsDoNotHold) {
  EXPECT_THAT(load("a\n18446744073709551615\n1\n").column("a").data<std::uint64_t>(), ElementsAre(18446744073709551615U, 1));
  EXPECT_THAT(load("a\n9007199254740993\n1.5\n").column("a").strings(), ElementsAre("9007199254740993", "1.5"));
  const auto ids = [](const Tensor& column) { return as_elements(column, DType::kInt64); };
  EXPECT_THAT(ids(load("a\n9007199254740993.0\n5.0\n").column("a")).data<std::int64_t>(), ElementsAre(9007199254740993, 5));
  EXPECT_THAT(ids(load("a\n-9.007199254740993e15\n5\n").column("a")).data<std::int64_t>(), ElementsAre(-9007199254740993, 5));
  EXPECT_THAT(ids(load("a\n+9007199254740993\n5\n").column("a")).data<std::int64_t>(), ElementsAre(9007199254740993, 5));
  EXPECT_THAT(ids(load_with("separator=;,decimal=,", "a;b\n9007199254740993,0;1\n5,0;2\n").column("a")).data<std::int64_t>(),
              ElementsAre(9007199254740993, 5));
  EXPECT_THAT(message_of([&] { ids(load("a\n9007199254740993.5\n5\n").column("a")); }), HasSubstr("row 1 holds 9007199254740993.5"));
  EXPECT_EQ(load("a\n9.007199254740993e15\n0.5\n").column("a").dtype(), DType::kFloat64);  // measured numbers
  EXPECT_EQ(load("a\n1e18\n3.0\n").column("a").dtype(), DType::kFloat64);                  // float64 holds it
  EXPECT_THAT(load("a,b\n9007199254740993,1\n,2\n").column("a").strings(), ElementsAre("9007199254740993", ""));
  EXPECT_THAT(load("a,b\n9007199254740993,1\n?,2\n5,1\n").column("a").strings(), ElementsAre("9007199254740993", "", "5"));
  EXPECT_THAT(load("a\n1e300\n1.5\n").column("a").data<double>(), ElementsAre(1e300, 1.5));
}

TEST_F(Csv, LeavesCommentsOut) {
  EXPECT_THAT(load("# made by hand\na,b\n1,2\n# more\n3,4\n").column("b").data<std::int64_t>(), ElementsAre(2, 4));
  EXPECT_THAT(said_, HasSubstr("comment=#"));
  EXPECT_THAT(load("#a,b\n1,2\n").names(), ElementsAre("#a", "b"));
  EXPECT_THAT(refusal("# one\na,b\n\n1,2\n3\n"), HasSubstr("line 5 has 1 values"));
  EXPECT_THAT(load("sep=;\na;b\n1;2\n").names(), ElementsAre("a", "b"));
}

TEST_F(Csv, KnowsAFirstLineThatIsARow) {
  const Table iris = load("5.1,3.5,setosa\n4.9,3.0,setosa\n");
  EXPECT_EQ(iris.rows(), 2);
  EXPECT_THAT(iris.names(), ElementsAre("column_1", "column_2", "column_3"));
  EXPECT_THAT(said_, HasSubstr("header=false"));
  EXPECT_THAT(load("0,1,2\n5,6,7\n").names(), ElementsAre("0", "1", "2"));
  EXPECT_EQ(said_, "");
  EXPECT_THAT(load("2019,2020\n5,6\n").names(), ElementsAre("2019", "2020"));
  EXPECT_THAT(said_, HasSubstr("header=false reads them as a row"));
  EXPECT_EQ(load_with("header=false", "2019,2020\n5,6\n").rows(), 2);
  EXPECT_EQ(load_with("header=true", "5.1\n4.9\n").rows(), 1);
}

TEST_F(Csv, ReadsOtherQuotes) {
  const Table table = load("'a','b'\n'x,y',1\n");
  EXPECT_THAT(table.names(), ElementsAre("a", "b"));
  EXPECT_THAT(table.column("a").strings(), ElementsAre("x,y"));
  EXPECT_THAT(load_with("quote='", "a,b\n'x,y',1\n").column("a").strings(), ElementsAre("x,y"));
}

TEST_F(Csv, MarksTimes) {
  const Table table = load("d,t,n\n2024-01-01,12:30:00,1\n2024-01-02,12:31:00,2\n");
  EXPECT_TRUE(table.is_time("d"));
  EXPECT_TRUE(table.is_time("t"));
  EXPECT_FALSE(table.is_time("n"));
}

TEST_F(Csv, GivesColumnsOnceMoreAsTheTextsThatStandThere) {
  const Table table = load(" zip,day\n01234,2024-01-01\n00007,2024-01-02\n");
  EXPECT_THAT(table.texts("zip").strings(), ElementsAre("01234", "00007"));
  EXPECT_THAT(table.texts("day").strings(), ElementsAre("2024-01-01", "2024-01-02"));
  EXPECT_THROW(table.rows(0, 1).texts("zip"), Error);
}

TEST_F(Csv, NamesSettingsThatAreWrong) {
  EXPECT_THAT(refusal("a\n1\n", "seperator=;"), HasSubstr("did you mean \"separator\"?"));
  EXPECT_THAT(refusal("a\n1\n", "separator=ab"), HasSubstr("separator \"ab\" is not one character"));
  EXPECT_THAT(refusal("a\n1\n", "separator=;,decimal=;"), HasSubstr("the same character"));
}

TEST_F(Csv, ReadsTheDiabetesData) {
  std::ifstream real(std::filesystem::path(__FILE__).parent_path() / "../../../tests/data/diabetes.csv");
  if (!real) GTEST_SKIP() << "run from a folder where " << __FILE__ << " is found";
  const Table table = load(std::string(std::istreambuf_iterator<char>(real), {}));
  EXPECT_EQ(table.rows(), 442);
  EXPECT_EQ(table.names().back(), "target");
  double sum = 0;
  for (const double y : table.column("target").data<double>()) sum += y;
  EXPECT_NEAR(sum / 442, 152.13348416289594, 1e-12) << "the mean in scikit-learn's description of the data";
}

TEST_F(Csv, WritesMissingNumbersAsEmptyCells) {
  Table table;
  table.add("x", Tensor(Shape{2}, std::vector<float>{std::numeric_limits<float>::quiet_NaN(), 0.1F}));
  table.add("s", Tensor(Shape{2}, std::vector<std::string>{"", "a,b"}));
  save_table(table, folder_ / "out.csv");
  EXPECT_EQ(read_file(folder_ / "out.csv"), "\"x\",\"s\"\n,\"\"\n0.1,\"a,b\"\n");
}

TEST_F(Csv, RefusesToWriteMoreThanOneValueInARow) {
  Table table;
  table.add("image", Tensor(Shape{1, 2, 2}, std::vector<float>(4)));
  try {
    save_table(table, folder_ / "out.csv");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("column \"image\""), HasSubstr(".npz")));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.csv"));
}

}  // namespace
}  // namespace upkeep
