#include "maintain/monitor/feature_drift.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Tensor normal(std::int64_t rows, std::uint64_t seed, double mean = 0) {
  Random random(seed, stream_id("feature_drift_test"));
  std::vector<double> values;
  for (std::int64_t i = 0; i < rows; ++i) values.push_back(mean + random.normal());
  return Tensor({rows}, std::move(values));
}

// Columns a, b, ...; feature i has the mean means[i].
Table table(std::string_view prefix, std::int64_t rows, std::uint64_t seed, const std::vector<double>& means) {
  Table made;
  for (std::size_t i = 0; i < means.size(); ++i)
    made.add(std::string(prefix) + static_cast<char>('a' + i), normal(rows, seed * 100 + i, means[i]));
  return made;
}

std::vector<std::string> drifted(const DriftReport& report) {
  std::vector<std::string> names;
  for (const FeatureDrift& feature : report.features)
    if (feature.drifted()) names.push_back(feature.name);
  return names;
}

TEST(CompareDrift, FindsTheTwoFeaturesThatShifted) {
  const DriftReport report = compare_drift(table("", 442, 1, {0, 0, 0, 0}), {}, table("in.", 200, 2, {0, 0.8, 0, -0.8}), {});
  EXPECT_THAT(drifted(report), ElementsAre("b", "d"));
  EXPECT_EQ(report.drifted("psi"), 2);
  EXPECT_EQ(report.drifted("kolmogorov-smirnov"), 2);
  EXPECT_EQ(report.reference_rows, 442);
}

// 50 replays of ten features without a shift, at the level 0.01 for each of two measures: on average at most one alarm in all.
TEST(CompareDrift, StaysQuietWithoutAShift) {
  int alarms = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    alarms += !drifted(compare_drift(table("", 442, 2 * seed, std::vector<double>(10)), {},
                                     table("in.", 150, 2 * seed + 1, std::vector<double>(10)), {}))
                   .empty();
  EXPECT_LE(alarms, 4);  // Poisson with mean 1 exceeds 4 once in 270
}

TEST(CompareDrift, MatchesByPositionWhereTheLogKnowsNoNames) {
  Table log;
  log.add("in.x.0", normal(200, 5));
  log.add("in.x.1", normal(200, 6, 1));
  const DriftReport report = compare_drift(table("", 400, 1, {0, 0}), {}, log, {.features = {"a", "b"}});
  EXPECT_THAT(drifted(report), ElementsAre("b"));
  EXPECT_THAT(report.new_columns, IsEmpty());
}

TEST(CompareDrift, ListsColumnsThatAreMissingNewOrNotNumbers) {
  Table reference = table("", 100, 1, {0, 0, 0});
  reference.add("word", Tensor({100}, std::vector<std::string>(100, "x")));
  Table log = table("in.", 100, 2, {0, 0});
  log.add("in.extra", normal(100, 9));
  log.add("in.word", Tensor({100}, std::vector<std::string>(100, "x")));
  log.add("in.only_here", normal(100, 9));
  const DriftReport report = compare_drift(reference, {}, log, {.features = {"a", "b", "c", "word", "only_here"}});
  EXPECT_THAT(report.missing, ElementsAre("c"));
  EXPECT_THAT(report.new_columns, ElementsAre("extra"));
  EXPECT_THAT(report.unreferenced, ElementsAre("only_here"));
  EXPECT_THAT(report.text, ElementsAre("word"));
  EXPECT_EQ(report.features.size(), 2U);
}

TEST(CompareDrift, ComparesThePredictionsBesideTheFeatures) {
  Table outputs;
  outputs.add("out.y.0", normal(300, 3));
  Table log = table("in.", 200, 2, {0});
  log.add("out.y.0", normal(200, 4, 1));
  const DriftReport report = compare_drift(table("", 300, 1, {0}), outputs, log, {});
  ASSERT_EQ(report.predictions.size(), 1U);
  EXPECT_EQ(report.predictions[0].name, "y.0");
  EXPECT_TRUE(report.predictions[0].drifted());
  EXPECT_EQ(report.drifted("psi"), 0);
}

TEST(CompareDrift, TakesTheKnownPopulationThatFitsBest) {
  Table before = table("", 400, 1, {0, 0});
  before.add(kPopulationColumn, Tensor({400}, std::vector<std::string>(400, "reference")));
  Table after = table("", 120, 2, {3, 0});
  after.add(kPopulationColumn, Tensor({120}, std::vector<std::string>(120, "version 2")));
  const Table known = Table::concatenate({before, after});

  const DriftReport like_after = compare_drift(known, {}, table("in.", 200, 3, {3, 0}), {});
  EXPECT_EQ(like_after.population, "version 2");
  EXPECT_EQ(like_after.reference_rows, 120);
  EXPECT_THAT(drifted(like_after), IsEmpty());

  EXPECT_EQ(compare_drift(known, {}, table("in.", 200, 4, {0, 0}), {}).population, "reference");
  EXPECT_THAT(drifted(compare_drift(known, {}, table("in.", 200, 5, {-3, 0}), {})), ElementsAre("a"));
}

TEST(CompareDrift, NeverPrefersAPopulationTooSmallToJudge) {
  Table before = table("", 400, 1, {0});
  before.add(kPopulationColumn, Tensor({400}, std::vector<std::string>(400, "reference")));
  Table after = table("", 5, 2, {3});
  after.add(kPopulationColumn, Tensor({5}, std::vector<std::string>(5, "version 2")));
  EXPECT_NE(compare_drift(Table::concatenate({before, after}), {}, table("in.", 200, 3, {3}), {}).population, "version 2");
}

TEST(CompareDrift, ReportsTheShareOfMissingValues) {
  Table log;
  std::vector<double> holes(200, 1.0);
  std::fill_n(holes.begin(), 50, std::numeric_limits<double>::quiet_NaN());
  log.add("in.a", Tensor({200}, holes));
  const DriftReport report = compare_drift(table("", 100, 1, {0}), {}, log, {});
  EXPECT_EQ(report.features[0].missing_current, 0.25);
  EXPECT_EQ(report.features[0].missing_reference, 0);
}

TEST(CompareDrift, NamesTheMeasuresThereAre) {
  const DriftReport report = compare_drift(table("", 100, 1, {0}), {}, table("in.", 100, 2, {0}), {});
  EXPECT_THROW(report.drifted("mmd"), Error);
  EXPECT_THROW(compare_drift(table("", 100, 1, {0}), {}, table("in.", 100, 2, {0}), {.measures = {{"mmd", Json::object()}}}), Error);
}

}  // namespace
}  // namespace upkeep
