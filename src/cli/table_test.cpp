#include "cli/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/names.hpp"

namespace upkeep {

using testing::ElementsAre;
using testing::IsEmpty;

namespace {

const std::vector<Column> kColumns = {{"layer", Align::kLeft, 0, 16}, {"reads", Align::kLeft, 3}, {"parameters", Align::kRight, 4}};
const std::vector<std::vector<std::string>> kRows = {{"in", "", "0"}, {"block_1_depthwise_convolution", "in", "1,024"}};

}  // namespace

TEST(FittedTable, PutsNumbersToTheRight) {
  const Fitted table = fitted_table(kColumns, kRows, 0);
  EXPECT_THAT(split(table.text, '\n'),
              ElementsAre("layer                          reads  parameters", "in                                             0",
                          "block_1_depthwise_convolution  in          1,024"));
  EXPECT_THAT(table.left_out, IsEmpty());
}

TEST(FittedTable, CutsLongWordsInTheMiddleBeforeItLeavesColumnsOut) {
  const Fitted cut = fitted_table(kColumns, kRows, 40);
  EXPECT_THAT(split(cut.text, '\n')[2], "block_1_de…onvolution  in          1,024");
  EXPECT_THAT(cut.left_out, IsEmpty());
  const Fitted bytes =
      fitted_table({{"layer", Align::kLeft, 0, 16}, {"bytes", Align::kRight, 1}}, {{"block_1_depthwise_convolution", "12"}}, 30);
  EXPECT_EQ(split(bytes.text, '\n')[1], "block_1_depthwise_convolution");  // what matters little goes first
  const Fitted narrow = fitted_table(kColumns, kRows, 28);
  EXPECT_THAT(narrow.left_out, ElementsAre("reads"));
  for (const std::string& line : split(narrow.text, '\n')) EXPECT_LE(text_width(line), 28U);
}

TEST(FittedTable, ShowsNoEmptyColumnThatMayBeLeftOut) {
  EXPECT_EQ(split(fitted_table({{"a"}, {"nothing", Align::kLeft, 1}, {"b"}}, {{"1", "", "2"}}, 0).text, '\n')[0], "a  b");
}

TEST(TextTable, PutsColumnsBelowTheirTitles) {
  EXPECT_EQ(text_table({{"model", "aliases", "why"}, {"größer", "", "because"}, {"m", "", ""}}),
            "model   aliases  why\n"
            "größer           because\n"
            "m");
  EXPECT_EQ(text_table({{"model", "version"}}), "model  version");
}

TEST(Numbers, AreShort) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
  EXPECT_EQ(short_number(950), "950");
  EXPECT_EQ(short_number(1.05e6), "1.05 M");
  EXPECT_EQ(short_number(999'999), "1.00 M");
  EXPECT_EQ(short_number(3.858e9), "3.86 G");
  EXPECT_EQ(short_bytes(54'572), "54.6 kB");
  EXPECT_EQ(short_time(0.3), "<1 µs");
  EXPECT_EQ(short_time(145.4), "145 µs");
  EXPECT_EQ(short_time(12'345), "12.3 ms");
}

TEST(ShareBar, IsAsLongAsItsShare) {
  EXPECT_EQ(share_bar(0, 8), "");
  EXPECT_EQ(share_bar(1, 8), "████████");
  EXPECT_EQ(share_bar(0.5, 8), "████");
  EXPECT_EQ(share_bar(1.0 / 64, 8), "▏");
}

}  // namespace upkeep
