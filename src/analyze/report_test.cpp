#include "analyze/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analyze/report/assets.hpp"

namespace upkeep::report {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// What the page's own script will parse.
Json charts_of(const std::string& html) {
  const std::string open = "<script type=\"application/json\" id=\"charts\">";
  const std::size_t begin = html.find(open) + open.size();
  return parse_json(html.substr(begin, html.find("</script>", begin) - begin));
}

std::size_t count(std::string_view text, std::string_view word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) ++found;
  return found;
}

TEST(Report, EscapesWhatCallersGiveEverywhere) {
  const std::string evil = "</script><script>alert(1)</script>\"'&<b>";
  Page page(evil, evil);
  page.tiles({{.label = evil, .value = evil, .note = evil, .tone = Tone::kBad}});
  page.section(evil, evil);
  page.text(evil);
  page.notice(Tone::kWarning, evil);
  page.table({.heading = {evil}, .rows = {{evil}, {Cell(evil, Tone::kGood)}}, .caption = evil});
  page.chart({.title = evil, .note = evil, .x_label = evil, .labels = {evil}, .series = {{.name = evil, .y = {1}}}});
  const std::string html = page.html();
  EXPECT_THAT(html, Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(html, Not(HasSubstr("<b>")));
  EXPECT_EQ(count(html, "<script"), 3U);  // data, Chart.js, ours
  EXPECT_EQ(count(html, "</script>"), 3U);
  EXPECT_EQ(charts_of(html)[0]["labels"][0], evil);
}

TEST(Report, KeepsTheChartsDataAsJsonWithNullForGaps) {
  Page page("p");
  page.chart({.kind = ChartKind::kLine,
              .title = "loss",
              .x_label = "epoch",
              .x = {1, 2, 3},
              .series = {{.name = "mae", .y = {0.5, kNaN, 0.25}, .low = {0.4, kNaN, 0.2}, .high = {0.6, kNaN, 0.3}}},
              .limit = 0.4,
              .limit_name = "bound"});
  const Json chart = charts_of(page.html())[0];
  EXPECT_EQ(chart["kind"], "line");
  EXPECT_EQ(chart["x"], Json({1.0, 2.0, 3.0}));
  EXPECT_EQ(chart["series"][0]["y"], Json({0.5, nullptr, 0.25}));
  EXPECT_EQ(chart["series"][0]["high"], Json({0.6, nullptr, 0.3}));
  EXPECT_EQ(chart["limit"], 0.4);
}

TEST(Report, ShowsEachChartsNumbersWithoutJavaScript) {
  Page page("p");
  page.chart({.kind = ChartKind::kBar, .title = "age", .labels = {"young", "old"}, .series = {{.name = "reference", .y = {12.5, kNaN}}}});
  EXPECT_THAT(page.html(), AllOf(HasSubstr("<details><summary>Data</summary>"), HasSubstr("<td>young</td><td class=\"number\">12.5</td>"),
                                 HasSubstr("<td>old</td><td class=\"number\">n/a</td>")));
}

TEST(Report, NeedsNothingFromTheNetwork) {
  Page page("p");
  page.chart({.title = "t", .x = {1}, .series = {{.name = "s", .y = {1}}}});
  const std::string html = page.html();
  for (const char* word : {"src=", "href=", "@import", "url("})
    EXPECT_THAT(html.substr(0, html.find("<script>")), Not(HasSubstr(word))) << word;
}

TEST(Report, EmbedsAChartLibraryThatCannotEndItsScriptElement) {
  EXPECT_THAT(kChartJs.substr(0, 200), HasSubstr("Chart.js"));
  EXPECT_EQ(count(kChartJs, "</script"), 0U);
  EXPECT_EQ(count(kChartJs, "<!--"), 0U);
  EXPECT_EQ(count(kPageJs, "</script"), 0U);
}

TEST(Report, LeavesTheScriptsOutWhereNoChartIs) { EXPECT_THAT(Page("p").html(), Not(HasSubstr("<script"))); }

TEST(Report, SaysAStatusWithASignAndNotByColourAlone) {
  Page page("p");
  page.table({.heading = {"verdict"}, .rows = {{Cell("drifted", Tone::kBad)}}});
  EXPECT_THAT(page.html(), HasSubstr("<span class=\"badge bad\">\u2717 drifted</span>"));
}

TEST(Report, ReplacesTextThatIsNotUtf8InsteadOfFailing) {
  Page page("p");
  page.chart({.title = "t", .labels = {"\xff"}, .series = {{.name = "s", .y = {1}}}});
  EXPECT_EQ(charts_of(page.html())[0]["labels"][0], "\uFFFD");
}

TEST(Report, WritesTheSameBytesForTheSameCalls) {
  const auto make = [] {
    Page page("p", "s");
    page.chart({.title = "t", .x = {1, 2}, .series = {{.name = "s", .y = {1, 2}}}});
    return page.html();
  };
  EXPECT_EQ(make(), make());
}

TEST(Number, HasFourSignificantDigits) {
  EXPECT_EQ(number(0.503217), "0.5032");
  EXPECT_EQ(number(1.2e-7), "1.2e-07");
  EXPECT_EQ(number(kNaN), "n/a");
}

TEST(Histogram, GivesEachOfAFewDistinctValuesABar) {
  const Histogram bars = histogram({{0, 0, 1, kNaN}, {1, 2}});
  EXPECT_THAT(bars.labels, ElementsAre("0", "1", "2"));
  EXPECT_NEAR(bars.shares[0][0], 200.0 / 3, 1e-12);
  EXPECT_NEAR(bars.shares[0][1], 100.0 / 3, 1e-12);
  EXPECT_THAT(bars.shares[1], ElementsAre(0, 50, 50));
}

TEST(Histogram, CountsOutliersInTheOuterBinsOfReadableEdges) {
  std::vector<double> sample;
  for (int i = 0; i < 1000; ++i) sample.push_back(i);
  sample.push_back(1e9);
  const Histogram bars = histogram({sample}, 10);
  EXPECT_THAT(bars.labels, ElementsAre("50", "150", "250", "350", "450", "550", "650", "750", "850", "950"));
  EXPECT_NEAR(bars.shares[0][0], 100 * 100.0 / 1001, 1e-9);
  EXPECT_NEAR(bars.shares[0][9], 100 * 101.0 / 1001, 1e-9);  // the outlier stretches nothing
}

TEST(Histogram, OfNothingIsEmpty) {
  EXPECT_TRUE(histogram({{}, {kNaN}}).labels.empty());
  EXPECT_EQ(histogram({{}, {}}).shares.size(), 2U);
}

TEST(Thinned, KeepsTheEndsAndSpacesEvenly) {
  EXPECT_THAT(thinned(3, 5), ElementsAre(0, 1, 2));
  EXPECT_THAT(thinned(9, 3), ElementsAre(0, 4, 8));
}

}  // namespace
}  // namespace upkeep::report
