#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "base/files.hpp"
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
  Table load(std::string_view text, const char* name = "t.csv") {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return load_table(folder_ / name);
  }
  std::string refusal(std::string_view text) {
    try {
      load(text);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  TemporaryFolder folder_;
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
  const Table table = load("a\tb\n1,5\t2\n", "t.tsv");
  EXPECT_THAT(table.column("a").strings(), ElementsAre("1,5"));
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
              HasSubstr("UTF-8"));
  EXPECT_THAT(refusal("a,a\n1,2\n"), HasSubstr("column \"a\" stands twice"));
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
