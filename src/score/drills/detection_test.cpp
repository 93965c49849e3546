#include "score/drills/drills_testing.hpp"

namespace upkeep::drills {

using testing::HasSubstr;

TEST(DetectionDrill, FindsAShiftOfOneDeviationAndRaisesFewFalseAlarms) {
  const std::vector<Item> items = run_drill("detection", sound_subject());
  ASSERT_EQ(items.size(), 3U);
  EXPECT_GE(items[0].points, 90) << items[0].evidence;
  EXPECT_EQ(items[0].evidence["rows_by_feature"].size(), 2U);
  EXPECT_EQ(items[1].points, 100) << items[1].evidence;
  EXPECT_LE(items[1].interval->first, *items[1].value);
  EXPECT_GE(items[1].interval->second, *items[1].value);
  EXPECT_EQ(items[2].points, 100) << items[2].evidence;
}

TEST(DetectionDrill, FindsADetectorWithThresholdsTooWide) {
  const std::vector<Item> items = run_drill("detection", sound_subject(), {{"measures", {"kolmogorov-smirnov:min_effect=0.95"}}});
  EXPECT_EQ(items[0].points, 0);
  EXPECT_EQ(items[0].state, State::kMeasured);
  EXPECT_FALSE(items[0].value.has_value());
  EXPECT_EQ(items[0].evidence["not_found"], (Json{"a", "b"}));
}

TEST(DetectionDrill, FindsADetectorThatCriesAtNothing) {
  const std::vector<Item> items = run_drill("detection", sound_subject(), {{"measures", {"kolmogorov-smirnov:min_effect=0,alpha=0.9"}}});
  EXPECT_LT(items[1].points, 50) << items[1].evidence;
}

TEST(DetectionDrill, IsAbsentWithoutAReferenceAndWithTooFewRows) {
  Subject subject = sound_subject();
  subject.reference = normal_rows(60);
  EXPECT_THAT(run_drill("detection", subject).at(0).method, HasSubstr("60 rows"));
  subject.reference.reset();
  for (const Item& item : run_drill("detection", subject)) {
    EXPECT_EQ(item.state, State::kAbsent);
    EXPECT_EQ(item.points, 0);
  }
}

TEST(DetectionDrill, FindsThatASilentSwapOfFeaturesThatAreAlikeGoesUnnoticed) {
  Subject subject = sound_subject();
  Random random(2);
  std::vector<float> alike;
  for (int i = 0; i < 1000; ++i) alike.push_back(static_cast<float>(random.normal()));
  Table table;
  table.add("a", subject.reference->column("a"));
  table.add("b", Tensor({1000}, std::move(alike)));
  subject.reference = table;
  const Item item = run_drill("detection", subject).at(2);
  EXPECT_EQ(item.points, 0) << item.evidence;
  EXPECT_THAT(item.improvement, HasSubstr("a and b"));
}

TEST(DetectionDrill, HasNoSwapsOfOneFeature) {
  Subject subject = sound_subject();
  Table table;
  table.add("a", subject.reference->column("a"));
  subject.reference = table;
  EXPECT_EQ(run_drill("detection", subject).size(), 2U);
}

TEST(DetectionDrill, GivesTheSameAnswerForTheSameSeed) {
  EXPECT_EQ(run_drill("detection", sound_subject())[1].evidence, run_drill("detection", sound_subject())[1].evidence);
}

}  // namespace upkeep::drills
