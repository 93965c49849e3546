#include "maintain/monitor/profiles.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/log_files.hpp"
#include "log/retention.hpp"
#include "maintain/monitor/monitor.hpp"
#include "maintain/monitor/reference_cells.hpp"
#include "maintain/scenario_testing.hpp"

namespace upkeep {
namespace {

namespace fs = std::filesystem;
using scenario::Deployment;
using testing::Contains;
using testing::HasSubstr;

class FromProfiles : public testing::Test {
 protected:
  FromProfiles() {
    save_table(scenario::rows(3000, 1), deployment.reference());
    const Model model = deployment.registry.load(deployment.registry.version("m", 1));
    deployment.profile = std::make_shared<const ReferenceProfile>(profile_of_reference(model, load_table(deployment.reference())));
  }
  MonitorReport report(std::int64_t most_rows, const std::string& per = {}) {
    return monitor({.log = deployment.registry.log_folder(),
                    .name = "m",
                    .model = deployment.registry.load(deployment.registry.version("m", 1)),
                    .per = per,
                    .reference = deployment.reference(),
                    .profile = deployment.profile,
                    .most_rows = most_rows,
                    .measures = {{"psi", Json::object()},
                                 {"kolmogorov-smirnov", Json::object()},
                                 {"jensen-shannon", Json::object()},
                                 {"wasserstein", Json::object()}}});
  }
  static void expect_near(const std::vector<FeatureDrift>& rows, const std::vector<FeatureDrift>& cells, double error) {
    ASSERT_EQ(rows.size(), cells.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(rows[i].name, cells[i].name);
      EXPECT_EQ(rows[i].drifted(), cells[i].drifted()) << rows[i].name;
      EXPECT_EQ(rows[i].missing_current, cells[i].missing_current);
      EXPECT_NEAR(rows[i].measure("kolmogorov-smirnov").score, cells[i].measure("kolmogorov-smirnov").score, error) << rows[i].name;
    }
  }

  Deployment deployment;
};

TEST_F(FromProfiles, NumbersLieWithinTheCellErrorOfThoseFromRows) {
  deployment.traffic(700, "r", 7, {.shift = 0.6, .missing_row = 3}, 120);
  deployment.traffic(400, "s", 8, {.shift = -0.2, .missing_row = -1}, 0);
  const MonitorReport rows = report(100'000);
  const MonitorReport cells = report(0);
  ASSERT_TRUE(cells.profiles && !rows.profiles);
  EXPECT_EQ(cells.profiles->from_rows, 0);
  EXPECT_LE(cells.profiles->cell_error, 0.002);
  expect_near(rows.drift->features, cells.drift->features, cells.profiles->cell_error);
  expect_near(rows.drift->predictions, cells.drift->predictions, cells.profiles->cell_error + 1e-3);
  for (const char* exact : {"psi", "jensen-shannon"})  // their bins are unions of cells
    for (std::size_t i = 0; i < 4; ++i)
      EXPECT_NEAR(rows.drift->features[i].measure(exact).score, cells.drift->features[i].measure(exact).score, 1e-12);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(rows.drift->features[i].measure("wasserstein").score, cells.drift->features[i].measure("wasserstein").score, 0.01);
  EXPECT_EQ(rows.rows, cells.rows);
  EXPECT_EQ(rows.traffic.all.requests, cells.traffic.all.requests);
  EXPECT_NEAR(rows.traffic.all.latency.p50_us, cells.traffic.all.latency.p50_us, 0.022 * rows.traffic.all.latency.p50_us);
  EXPECT_EQ(rows.quality->labelled, cells.quality->labelled);
  EXPECT_EQ(find(rows.quality->metrics, "mae").value, find(cells.quality->metrics, "mae").value);
  EXPECT_EQ(find(rows.quality->reference, "mae").value, find(cells.quality->reference, "mae").value);
  const auto named = [](const std::vector<checks::Finding>& findings) {
    std::vector<std::string> names;
    for (const checks::Finding& one : findings) names.push_back(upkeep::format("{} {} {}", one.check, one.subject, to_string(one.verdict)));
    std::ranges::sort(names);
    return names;
  };
  EXPECT_EQ(named(rows.checks), named(cells.checks));
  EXPECT_THAT(summary(cells), HasSubstr("from profiles of 2 segments (0 of them counted from their rows), cell error <= 0.0"));
  EXPECT_EQ(to_json(cells)["profiles"]["segments"], 2);
  EXPECT_TRUE(to_json(rows)["profiles"].is_null());
}

TEST_F(FromProfiles, SegmentsWithoutAUsableProfileAreCountedFromTheirRowsOnce) {
  deployment.traffic(300, "r", 7, {.shift = 0.6}, 0);
  const MonitorReport whole = report(0);
  const std::vector<LogFile> files = log_files(deployment.registry.log_folder() / "m", LogKind::kPredictions);
  fs::remove(profile_path(files.front().path));
  const MonitorReport without = report(0);
  EXPECT_EQ(without.profiles->from_rows, 1);
  EXPECT_EQ(to_json(*whole.drift), to_json(*without.drift));
  deployment.traffic(300, "s", 9, {}, 0);
  compact_log(deployment.registry.log_folder(), "m");
  EXPECT_EQ(report(0).rows, 600);
}

TEST_F(FromProfiles, AReferenceThatChangedIsNoticed) {
  deployment.traffic(300, "r", 7, {}, 0);
  save_table(scenario::rows(3000, 2, {.shift = 2}), deployment.reference());
  const Model model = deployment.registry.load(deployment.registry.version("m", 1));
  deployment.profile = std::make_shared<const ReferenceProfile>(profile_of_reference(model, load_table(deployment.reference())));
  const MonitorReport cells = report(0);
  EXPECT_EQ(cells.profiles->from_rows, 1);
  expect_near(report(100'000).drift->features, cells.drift->features, cells.profiles->cell_error);
  EXPECT_TRUE(cells.drift->features[0].drifted());
}

TEST_F(FromProfiles, PeriodsAreToldToo) {
  deployment.traffic(200, "r", 7, {}, 50);
  deployment.clock.advance(std::chrono::hours(49));
  deployment.traffic(200, "s", 8, {.shift = 2}, 0);
  const MonitorReport rows = report(100'000, "day");
  const MonitorReport cells = report(0, "day");
  ASSERT_EQ(cells.timeline.size(), 3U);
  ASSERT_EQ(rows.timeline.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(cells.timeline[i].begin, rows.timeline[i].begin);
    EXPECT_EQ(cells.timeline[i].rows, rows.timeline[i].rows);
    EXPECT_EQ(cells.timeline[i].labelled, rows.timeline[i].labelled);
    expect_near(rows.timeline[i].features, cells.timeline[i].features, cells.profiles->cell_error);
  }
  EXPECT_EQ(report(0, "hour").timeline.size(), rows.timeline.empty() ? 0U : report(100'000, "hour").timeline.size());
}

// Which of three classes is answered how often is the same from profiles as from rows.
TEST_F(FromProfiles, ClassesOfSeveralScoresAreCounted) {
  const Architecture net =
      architecture_from_yaml("layers: [{input: {shape: [4], name: x}}, {dense: {units: 3, activation: softmax, name: kind}}]");
  Model model = build_model(net, initial_weights(net, 5));
  Signature signature = signature_of(model);
  for (const std::string& name : scenario::kFeatures) signature.inputs[0].features.push_back({.column = name, .categories = {}});
  signature.outputs[0].answer = Answer::kClasses;
  signature.outputs[0].classes = {"cat", "ant", "bee"};
  set_signature(model, signature);
  deployment.registry.publish("m", model);
  deployment.profile = std::make_shared<const ReferenceProfile>(profile_of_reference(model, load_table(deployment.reference())));
  deployment.traffic(900, "k", 7, {.shift = 1.5}, 0, 2);
  const auto classes = [&](std::int64_t most_rows) {
    const MonitorReport made = monitor({.log = deployment.registry.log_folder(),
                                        .name = "m",
                                        .model = model,
                                        .reference = deployment.reference(),
                                        .profile = deployment.profile,
                                        .most_rows = most_rows,
                                        .version = 2,
                                        .measures = {{"psi", Json::object()}, {"chi-square", Json::object()}}});
    EXPECT_EQ(made.profiles.has_value(), most_rows == 0);
    EXPECT_THAT(made.notes, testing::Not(Contains(HasSubstr("is not counted in profiles"))));
    const auto found = std::ranges::find(made.drift->predictions, "kind (class)", &FeatureDrift::name);
    return found == made.drift->predictions.end() ? Json() : to_json(*found);
  };
  const Json rows = classes(100'000);
  ASSERT_FALSE(rows.is_null());
  EXPECT_EQ(classes(0), rows);
}

TEST(ReferenceCells, KeepCategoriesAndPopulations) {
  const ColumnCells cells{.column = "in.c", .categorical = true, .categories = {"x", "y"}};
  const ColumnCounts before{.cells = {3, 1, 0}};
  const ColumnCounts now{.cells = {1, 0, 5}, .missing = 2, .others = {{"new", 4}}};
  const Sides sides = sides_of(cells, before, now);
  EXPECT_TRUE(sides.categorical());
  EXPECT_EQ(sides.current_missing(), 2);
  EXPECT_EQ(sides.current_words.counts().at("new"), 4);
  EXPECT_EQ(sides.current_words.counts().at("(more)"), 1);
  EXPECT_EQ(sides.current_words.size(), 6);
}

TEST(ReferenceCells, TellTheClassesOfABinaryAnswerAtItsThreshold) {
  const double above = static_cast<double>(std::nextafter(0.3F, 1.0F));
  const ColumnCells cells{.column = "out.p.0", .dtype = DType::kFloat32, .edges = {0.1, above, 0.5}, .categories = {}};
  const ColumnCounts before{.cells = {1, 2, 3, 4}, .others = {}}, now{.cells = {0, 0, 1, 1}, .missing = 3, .others = {}};
  OutputSignature output{.name = "p", .dims = {}, .answer = Answer::kBinary, .classes = {"no", "yes"}, .targets = {}, .threshold = 0.3};
  const std::optional<Sides> sides = class_sides(cells, before, now, output);
  ASSERT_TRUE(sides);
  EXPECT_EQ(sides->reference_words.counts(), (std::map<std::string, std::int64_t>{{"no", 3}, {"yes", 7}}));
  EXPECT_EQ(sides->current_words.counts(), (std::map<std::string, std::int64_t>{{"yes", 2}}));
  EXPECT_EQ(sides->current_missing(), 3);
  output.threshold = 0.4;  // between two edges
  EXPECT_FALSE(class_sides(cells, before, now, output));
}

// A unit that changed: far beyond all cells, where the exact mean tells how far.
TEST(ReferenceCells, TellHowFarOutValuesLie) {
  std::vector<double> before, after;
  for (int i = 0; i < 2000; ++i) before.push_back(i % 1000 * 0.001), after.push_back(1000 * before.back());
  const std::vector<double> ascending = [&] {
    auto all = before;
    std::ranges::sort(all);
    return all;
  }();
  ColumnCells cells{.column = "in.x", .edges = edges_of(ascending), .categories = {}};
  cells.mean = 0.4995, cells.deviation = 0.28867;
  const auto counts_of = [&](const std::vector<double>& values) { return count_column(cells, Tensor({std::ssize(values)}, values), {}); };
  ColumnCounts reference = counts_of(before);
  reference.low = HUGE_VAL, reference.high = -HUGE_VAL, reference.sum = 0;  // as files keep it
  const Sides sides = sides_of(cells, reference, counts_of(after));
  const auto& compare = drift::catalog().at("wasserstein").compare;
  const double exact = compare(Sample(before), Sample(after), Json::object()).score;
  EXPECT_NEAR(compare(sides.reference_numbers, sides.current_numbers, Json::object()).score, exact, 0.01 * exact);
}

// The counts of "class.p" are those of the largest scores, of rows that answered.
TEST(ReferenceCells, CountTheClassesOfSeveralScores) {
  const ColumnCells cells{.column = "class.p",
                          .categorical = true,
                          .edges = {},
                          .categories = {"ant", "bee", "cat"},
                          .scores = {"out.p.0", "out.p.1", "out.p.2"},
                          .classes = {"cat", "ant", "bee"}};
  EXPECT_EQ(output_of_classes(cells), "p");
  Table scores;
  scores.add("out.p.0", Tensor({4}, std::vector<float>{0.5F, 0.1F, 0.2F, NAN}));
  scores.add("out.p.1", Tensor({4}, std::vector<float>{0.3F, 0.8F, 0.2F, 0.5F}));
  EXPECT_FALSE(cells.is_in(scores));
  scores.add("out.p.2", Tensor({4}, std::vector<float>{0.2F, 0.1F, 0.6F, 0.5F}));
  EXPECT_TRUE(cells.is_in(scores));
  const ColumnCounts counts = count_column(cells, answered_classes(cells, scores), {});
  EXPECT_EQ(counts.cells, (std::vector<std::int64_t>{1, 1, 1, 0}));
  EXPECT_EQ(counts.missing, 1);
}

}  // namespace
}  // namespace upkeep
