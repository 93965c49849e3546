#include "maintain/monitor/feature_drift.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.hpp"
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

Tensor free_text(std::int64_t rows) {
  std::vector<std::string> texts;
  for (std::int64_t i = 0; i < rows; ++i) texts.push_back("text " + std::to_string(i));
  return Tensor({rows}, std::move(texts));
}

Signature one_input(DType dtype, std::vector<Feature> features) {
  return {.inputs = {
              {.name = "x", .dtype = dtype, .dims = std::vector<std::int64_t>{-1, std::ssize(features)}, .features = std::move(features)}}};
}

Tensor cycled(std::int64_t rows, const std::vector<double>& values) {
  std::vector<double> all;
  for (std::int64_t i = 0; i < rows; ++i) all.push_back(values[static_cast<std::size_t>(i) % values.size()]);
  return Tensor({rows}, std::move(all));
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
  const DriftReport report = compare_drift(table("", 400, 1, {0, 0}), {}, log, {.names = {.features = {"a", "b"}}});
  EXPECT_THAT(drifted(report), ElementsAre("b"));
  EXPECT_THAT(report.new_columns, IsEmpty());
}

// Three steps of two features; the second one is shifted at the last step.
TEST(CompareDrift, ComparesWindowsByTheirLastStep) {
  Signature signature;
  signature.inputs.push_back(
      {.name = "steps", .dtype = DType::kFloat32, .dims = {{-1, 3, 2}}, .features = {{.column = "a"}, {.column = "b"}}});
  std::vector<double> windows;
  Table log;
  for (std::uint64_t i = 0; i < 6; ++i) log.add(upkeep::format("in.steps.{}", i), normal(200, i, i == 5 ? 1 : 0));
  std::vector<std::vector<double>> columns;
  for (std::uint64_t i = 0; i < 6; ++i) columns.push_back(doubles(normal(300, 10 + i)));
  for (std::size_t row = 0; row < 300; ++row)
    for (const std::vector<double>& column : columns) windows.push_back(column[row]);
  Table reference;
  reference.add("steps", Tensor({300, 3, 2}, std::move(windows)).cast(DType::kFloat32));
  const DriftReport report =
      compare_drift(with_last_steps(reference, signature), {}, log, {.names = {.signature = signature, .features = {}}});
  EXPECT_EQ(report.features.size(), 2U);
  EXPECT_THAT(drifted(report), ElementsAre("b (last step)"));
  EXPECT_THAT(report.text, IsEmpty());
  EXPECT_THAT(report.new_columns, IsEmpty());
}

TEST(CompareDrift, ListsColumnsThatAreMissingNewOrNotNumbers) {
  Table reference = table("", 100, 1, {0, 0, 0});
  reference.add("word", free_text(100));
  Table log = table("in.", 100, 2, {0, 0});
  log.add("in.extra", normal(100, 9));
  log.add("in.word", free_text(100));
  log.add("in.only_here", normal(100, 9));
  const DriftReport report = compare_drift(reference, {}, log, {.names = {.features = {"a", "b", "c", "word", "only_here"}}});
  EXPECT_THAT(report.missing, ElementsAre("c"));
  EXPECT_THAT(report.new_columns, ElementsAre("extra"));
  EXPECT_THAT(report.unreferenced, ElementsAre("only_here"));
  EXPECT_THAT(report.text, ElementsAre("word"));
  EXPECT_EQ(report.features.size(), 2U);
}

TEST(CompareDrift, TextInAFeatureOfNumbersIsToldApartFromFreeText) {
  Signature signature;
  signature.inputs.push_back({.name = "x", .dtype = DType::kFloat32, .dims = {{-1, 1}}, .features = {{.column = "a"}}});
  std::vector<std::string> cells;
  for (int i = 0; i < 99; ++i) cells.push_back(upkeep::format("{}.5", i));
  cells.emplace_back("fat");
  Table log;
  log.add("in.a", Tensor({100}, std::move(cells)));
  const DriftReport report = compare_drift(table("", 100, 1, {0}), {}, log, {.names = {.signature = signature, .features = {}}});
  EXPECT_THAT(report.unreadable, ElementsAre("a"));
  EXPECT_THAT(report.text, IsEmpty());
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

// 0.1 is not 0.1f: the log holds what a float32 input was given.
TEST(CompareDrift, ComparesDecimalNumbersInTheLogsType) {
  Table reference;
  reference.add("dose", cycled(300, {0.1, 0.2, 0.3}));
  reference.add("rate", cycled(300, {0.7}));
  for (const DType type : {DType::kFloat32, DType::kFloat16, DType::kFloat64}) {
    Table log;
    log.add("in.dose", cycled(150, {0.3, 0.1, 0.2}).cast(type));
    log.add("in.rate", cycled(150, {0.7}).cast(type));
    const DriftReport report = compare_drift(reference, {}, log, {});
    EXPECT_THAT(drifted(report), IsEmpty()) << to_string(type);
    EXPECT_NEAR(report.features[0].measure("psi").score, 0, 1e-12);
    EXPECT_EQ(report.features[1].measure("kolmogorov-smirnov").score, 0);
  }
}

// A client that sends float64 to a model that reads float32.
TEST(CompareDrift, ComparesInTheTypeOfTheModelsInput) {
  Table reference;
  reference.add("dose", cycled(300, {0.1, 0.2, 0.3}).cast(DType::kFloat32));
  Table log;
  log.add("in.dose", cycled(150, {0.3, 0.1, 0.2}));
  EXPECT_THAT(drifted(compare_drift(reference, {}, log, {.names = {.signature = one_input(DType::kFloat32, {{.column = "dose"}})}})),
              IsEmpty());
}

TEST(CompareDrift, TakesPredictionsThatDifferByRoundingForEqual) {
  Table outputs;
  outputs.add("out.y.0", cycled(300, {0.1, 0.2}));
  Table log = table("in.", 200, 2, {0});
  log.add("out.y.0", cycled(200, {0.1 + 1e-7, 0.2 - 1e-7}));
  EXPECT_FALSE(compare_drift(table("", 300, 1, {0}), outputs, log, {}).predictions[0].drifted());
}

TEST(CompareDrift, ComparesTheClassesThatWereAnswered) {
  Table outputs;
  outputs.add("out.y.0", cycled(300, {0.9, 0.1, 0.9}));
  outputs.add("out.y.1", cycled(300, {0.1, 0.9, 0.1}));
  Table log = table("in.", 200, 2, {0});
  log.add("out.y.0", cycled(200, {0.1}));
  log.add("out.y.1", cycled(200, {0.9}));
  Signature signature = one_input(DType::kFloat32, {{.column = "a"}});
  signature.outputs = {{.name = "y", .answer = Answer::kClasses, .classes = {"no", "yes"}}};
  const DriftReport report = compare_drift(table("", 300, 1, {0}), outputs, log, {.names = {.signature = signature}});
  EXPECT_EQ(report.predictions.back().name, "y (class)");
  EXPECT_TRUE(report.predictions.back().drifted());
  EXPECT_THAT(report.predictions.back().measure("chi-square").note, testing::HasSubstr("\"no\" is gone"));
}

TEST(CompareDrift, TakesAFeatureThatIsMissingEverywhereForDrifted) {
  Table log;
  log.add("in.a", cycled(400, {std::numeric_limits<double>::quiet_NaN()}));
  const DriftReport report = compare_drift(table("", 300, 1, {0}), {}, log, {});
  EXPECT_THAT(drifted(report), ElementsAre("a"));
  EXPECT_EQ(report.drifted("psi"), 1);
  EXPECT_EQ(report.features[0].measure("psi").verdict, drift::Verdict::kNotEnoughEvidence);
  EXPECT_EQ(report.features[0].missing.verdict, drift::Verdict::kDrifted);
}

TEST(CompareDrift, CannotTellOfAReferenceThatIsMissingEverywhere) {
  Table reference;
  reference.add("a", cycled(300, {std::numeric_limits<double>::quiet_NaN()}));
  const DriftReport report = compare_drift(reference, {}, table("in.", 200, 2, {0}), {});
  EXPECT_FALSE(report.features[0].drifted());
  EXPECT_TRUE(report.features[0].unknown());
}

TEST(CompareDrift, FindsThatHalfOfTheCodesAreGone) {
  Table reference;
  Table log;
  std::vector<std::int64_t> all, half;
  std::vector<double> as_float;
  for (std::int64_t i = 0; i < 4000; ++i) {
    all.push_back(i % 50);
    half.push_back(i % 25 * 2);
    as_float.push_back(static_cast<double>(i % 25 * 2));
  }
  reference.add("store", Tensor({4000}, all));
  reference.add("shop", Tensor({4000}, all));
  log.add("in.store", Tensor({4000}, half));
  log.add("in.shop", Tensor({4000}, as_float).cast(DType::kFloat32));
  const DriftReport report = compare_drift(reference, {}, log, {});
  EXPECT_THAT(drifted(report), ElementsAre("store", "shop"));
  EXPECT_EQ(report.features[0].kind, FeatureKind::kCategory);
  EXPECT_EQ(report.features[1].kind, FeatureKind::kNumber);
  EXPECT_THAT(report.features[0].measure("chi-square").note, testing::HasSubstr("and 20 more are gone"));
  EXPECT_EQ(report.features[0].find_measure("kolmogorov-smirnov"), nullptr);
}

TEST(CompareDrift, ComparesTextsThatRepeat) {
  Table reference;
  reference.add("city", Tensor({300}, [] {
                  std::vector<std::string> names;
                  for (int i = 0; i < 300; ++i) names.push_back(i % 3 == 0 ? "rome" : i % 3 == 1 ? "oslo" : "lima");
                  return names;
                }()));
  Table log;
  log.add("in.city", Tensor({100}, [] {
            std::vector<std::string> names;
            for (int i = 0; i < 100; ++i) names.push_back(i % 2 == 0 ? "rome" : "tokyo");
            return names;
          }()));
  const DriftReport report = compare_drift(reference, {}, log, {});
  EXPECT_THAT(drifted(report), ElementsAre("city"));
  EXPECT_THAT(report.features[0].measure("chi-square").note, testing::HasSubstr("\"tokyo\" is new"));
}

TEST(CompareDrift, ComparesAFeatureThatIsSaidToBeACategoryAsOne) {
  Table reference = table("", 300, 1, {0});
  reference.add("code", cycled(300, {1, 2, 3, 4}));
  Table log = table("in.", 200, 2, {0});
  log.add("in.code", cycled(200, {1, 2, 3, 4}).cast(DType::kFloat32));
  const DriftReport report = compare_drift(reference, {}, log, {.names = {.categories = {"code"}}});
  EXPECT_EQ(report.features[1].kind, FeatureKind::kCategory);
  EXPECT_THAT(drifted(report), IsEmpty());
}

TEST(MatchFeatures, FindsTheColumnsOfTwoInputsUnderEachOfTheirNames) {
  const Signature signature{
      .inputs = {
          {.name = "patient", .dtype = DType::kFloat32, .dims = std::vector<std::int64_t>{-1, 1}, .features = {{.column = "age"}}},
          {.name = "context", .dtype = DType::kFloat32, .dims = std::vector<std::int64_t>{-1, 1}, .features = {{.column = "hour"}}}}};
  Table today = table("in.", 3, 1, {0});  // in.a, which is no feature
  today.add("in.age", normal(3, 1));
  today.add("in.hour", normal(3, 2));
  Table before;
  before.add("in.patient.0", normal(3, 1));
  before.add("in.context.0", normal(3, 2));
  for (const Table& log : {today, before}) {
    const auto features = match_features(log, {.signature = signature});
    ASSERT_EQ(features.size(), 2U);
    EXPECT_EQ(features[0].name, "age");
    EXPECT_TRUE(features[0].is_in(log));
    EXPECT_TRUE(features[1].is_in(log));
  }
  EXPECT_THAT(match_features(before, {.signature = signature})[1].columns, ElementsAre("in.context.0"));
}

// A log that two releases wrote: each row has its value in one of the columns.
TEST(MatchFeatures, TakesTheValueFromTheColumnThatHasIt) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  Table log;
  log.add("in.age", Tensor({2}, std::vector<double>{none, 4}));
  log.add("in.x.0", Tensor({2}, std::vector<double>{3, none}));
  const auto features = match_features(log, {.signature = one_input(DType::kFloat32, {{.column = "age"}})});
  EXPECT_THAT(doubles(logged_values(log, features[0])), ElementsAre(3, 4));
}

TEST(CompareDrift, NamesTheMeasuresThereAre) {
  const DriftReport report = compare_drift(table("", 100, 1, {0}), {}, table("in.", 100, 2, {0}), {});
  EXPECT_THROW(report.drifted("mmd"), Error);
  EXPECT_THROW(compare_drift(table("", 100, 1, {0}), {}, table("in.", 100, 2, {0}), {.measures = {{"mmd", Json::object()}}}), Error);
}

}  // namespace
}  // namespace upkeep
