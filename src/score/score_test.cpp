#include "score/score.hpp"

#include "base/error_testing.hpp"
#include "score/drills/drills_testing.hpp"

namespace upkeep::score {

using drills::Side;
using testing::HasSubstr;

static Score made_score(double stability, double readability) {
  Score score{.model = "m", .version = 2, .sides = {Side::kStability, Side::kReadability}};
  score.items.push_back({"rollback", Side::kStability, {.name = "rollback", .value = 1, .points = stability}});
  score.items.push_back({"description", Side::kReadability, {.name = "inputs", .value = 1, .points = 100}});
  score.items.push_back({"description", Side::kReadability, {.name = "answers", .value = 1, .points = readability}});
  return score;
}

TEST(Score, IsTheMinimumOfTheSidesAndASideThatOfItsItems) {
  const Score score = made_score(70, 40);
  EXPECT_EQ(score.side(Side::kReadability), 40);
  EXPECT_EQ(score.headline(), 40);
  EXPECT_TRUE(score.complete());
}

TEST(Score, IsAnUpperBoundWhereASideWasNotMeasured) {
  Score score = made_score(70, 40);
  score.sides.push_back(Side::kEffort);
  EXPECT_FALSE(score.side(Side::kEffort).has_value());
  EXPECT_FALSE(score.complete());
  EXPECT_THAT(to_text(score), HasSubstr("at most 40"));
  EXPECT_THAT(gate_failure(score, "score>=30"), HasSubstr("cannot be told"));
  EXPECT_THAT(gate_failure(score, "effort>=0"), HasSubstr("cannot be told"));
}

TEST(Score, AnAbsentItemIsWorthNothing) {
  Score score = made_score(70, 40);
  score.items.push_back({"batches", Side::kStability, drills::absent("x", "ms", "no reference", "publish one")});
  EXPECT_EQ(score.headline(), 0);
}

TEST(Score, GatesSayWhatIsNeeded) {
  const Score score = made_score(70, 40);
  EXPECT_EQ(gate_failure(score, "stability>=70"), "");
  EXPECT_EQ(gate_failure(score, "score >= 40"), "");
  EXPECT_EQ(gate_failure(score, "readability>=41"), "readability is 40.0, and 41 is needed");
  for (const char* wrong : {"stability", "stability>60", "stability>=", "stability>=sixty", "stability>=101", "speed>=1"})
    EXPECT_THROW(gate_failure(score, wrong), Error) << wrong;
}

TEST(Score, SettingsOfUnknownDrillsAreRefused) {
  EXPECT_EQ(score_settings(parse_yaml("rollback: {full_seconds: 2}")).at("rollback")["full_seconds"], 2);
  EXPECT_THROW(score_settings(parse_yaml("rolback: {}")), Error);
  EXPECT_THROW(score_settings(parse_yaml("[1]")), Error);
}

TEST(Score, DrillsACopyAndRecordsWhatItFound) {
  const TemporaryFolder folder;
  Registry registry(RegistryAddress((folder / "registry").string()));
  for (const float bias : {1.0F, 2.0F}) registry.promote("m", registry.publish("m", drills::scoring_model(bias)).version, "production");
  const std::int64_t before = registry.epoch();
  const Score score = score_model(registry, "m@production");
  EXPECT_EQ(registry.epoch(), before);
  EXPECT_EQ(registry.alias("m", "production"), 2);
  EXPECT_EQ(score.version, 2);
  const auto rollback = std::ranges::find(score.items, std::string("rollback"), &ScoredItem::drill);
  ASSERT_NE(rollback, score.items.end());
  EXPECT_EQ(rollback->item.points, 100) << rollback->item.method;

  EXPECT_TRUE(recorded_score(registry, "m", 2, score.measured_at).is_null());
  record_score(registry, score);
  EXPECT_EQ(recorded_score(registry, "m", 2, score.measured_at), to_json(score));
  EXPECT_TRUE(recorded_score(registry, "m", 1, score.measured_at).is_null());
  EXPECT_TRUE(recorded_score(registry, "m", 2, score.measured_at + std::chrono::days(31)).is_null());
}

TEST(Score, RefusesWrongSettingsBeforeAnyDrill) {
  const TemporaryFolder folder;
  Registry registry(RegistryAddress((folder / "registry").string()));
  registry.publish("m", drills::scoring_model());
  EXPECT_THROW(score_model(registry, "m:1", {.settings = {{"rollback", {{"seconds", 1}}}}}), Error);
}

}  // namespace upkeep::score
