#include "maintain/maintain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/format.hpp"
#include "maintain/adjust/triggers/trigger.hpp"
#include "maintain/reference.hpp"
#include "maintain/scenario_testing.hpp"

namespace upkeep {
namespace {

using scenario::Deployment;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr scenario::World kElsewhere{.shift = 1.5, .offset = 6};

MaintainOptions options_for(const Deployment& deployment) {
  return {.registry = deployment.registry.folder(),
          .model = "m",
          .reference = deployment.reference(),
          .triggers = {{"quality", {{"metric", "mae"}, {"bound", 1.0}}}, {"drift", {{"features", 2}}}},
          .actions = {{"retrain", {{"epochs", 40}, {"learning_rate", 0.02}}}},
          .gates = {{"better", {{"metric", "mae"}}}}};
}

MaintainResult pass(Deployment& deployment, const MaintainOptions& options) {
  return maintain(options, deployment.registry, deployment.clock);
}
MaintainResult pass(Deployment& deployment) { return pass(deployment, options_for(deployment)); }

std::vector<std::string> kinds_since(const Registry& registry, std::size_t first) {
  std::vector<std::string> kinds;
  const std::vector<Event> history = registry.history("m");
  for (std::size_t i = first; i < history.size(); ++i) kinds.push_back(history[i].kind);
  return kinds;
}

TEST(Maintain, RetrainsAndPromotesWhenTheWorldMoved) {
  Deployment deployment;
  deployment.traffic(300, "r", 7, kElsewhere, 250);
  const std::size_t before = deployment.registry.history("m").size();
  const MaintainResult result = pass(deployment);
  EXPECT_EQ(result.outcome, Outcome::kPromoted) << result.reason;
  EXPECT_EQ(result.candidate, 2);
  EXPECT_EQ(deployment.registry.alias("m", "production"), 2);
  EXPECT_THAT(kinds_since(deployment.registry, before), ElementsAre("trigger", "trigger", "action", "gate", "published", "promoted"));
}

TEST(Maintain, ChangesNothingWhenNothingFires) {
  Deployment deployment;
  deployment.traffic(200, "r", 8, {}, 150);
  const std::int64_t epoch = deployment.registry.epoch();
  const MaintainResult result = pass(deployment);
  EXPECT_EQ(result.outcome, Outcome::kQuiet);
  EXPECT_EQ(deployment.registry.epoch(), epoch);
  EXPECT_EQ(deployment.registry.versions("m").size(), 1U);
  EXPECT_THAT(result.reason, AllOf(HasSubstr("is not beyond the bound"), HasSubstr("0 of 4 features drifted")));
}

TEST(Maintain, CannotTellBeforeTheFirstRequest) {
  Deployment deployment;
  EXPECT_EQ(pass(deployment).outcome, Outcome::kUnknown);
  MaintainOptions options = options_for(deployment);
  for (NamedSettings& trigger : options.triggers) trigger.values["unknown"] = "quiet";
  EXPECT_EQ(pass(deployment, options).outcome, Outcome::kQuiet);
}

// Fifty worlds in which nothing changed, judged by drift (level 0.01 over four features, then an effect that matters) and by quality.
TEST(Maintain, RaisesNoFalseAlarmOverFiftySeeds) {
  Deployment deployment;
  const Model model = deployment.registry.load(deployment.registry.version("m", 1));
  const MaintainOptions options = options_for(deployment);
  int fired = 0;
  for (std::uint64_t seed = 100; seed < 150; ++seed) {
    deployment.traffic(100, upkeep::format("seed{}-", seed), seed, {}, 60);
    MonitorOptions monitoring{
        .log = deployment.registry.log_folder(), .name = "m", .model = model, .reference = deployment.reference(), .last_rows = 100};
    bool any = false;
    for (const NamedSettings& trigger : options.triggers) triggers::catalog().at(trigger.name).prepare(trigger.values, monitoring);
    const MonitorReport report = monitor(monitoring);
    for (const NamedSettings& trigger : options.triggers)
      any = any || triggers::catalog().at(trigger.name).decide(report, trigger.values).yes;
    fired += any;
  }
  EXPECT_LE(fired, 1);
}

TEST(Maintain, DoesNotFireAgainOnWhatTheOlderVersionAnswered) {
  Deployment deployment;
  deployment.traffic(300, "r", 7, kElsewhere, 250);
  ASSERT_EQ(pass(deployment).outcome, Outcome::kPromoted);
  const std::int64_t epoch = deployment.registry.epoch();
  const MaintainResult again = pass(deployment);
  EXPECT_EQ(again.outcome, Outcome::kUnknown);
  EXPECT_EQ(again.version, 2);
  EXPECT_EQ(again.report.rows, 0);
  EXPECT_EQ(deployment.registry.epoch(), epoch);
}

TEST(Maintain, StaysQuietOnTheNewWorldOnceItIsLearned) {
  Deployment deployment;
  deployment.traffic(300, "r", 7, kElsewhere, 250);
  ASSERT_EQ(pass(deployment).outcome, Outcome::kPromoted);
  deployment.traffic(200, "s", 9, kElsewhere, 100, 2);
  const MaintainResult result = pass(deployment);
  EXPECT_EQ(result.report.drift->population, "traffic of version 1");
  EXPECT_FALSE(result.steps[1].decision.yes) << result.steps[1].decision.reason;  // no drift from what version 2 was trained on
}

TEST(Maintain, RefusesACandidateThatIsNoBetter) {
  Deployment deployment;
  deployment.traffic(300, "r", 7, {.shift = 1.5}, 250);  // drift, but the old formula still holds
  MaintainOptions options = options_for(deployment);
  options.actions = {{"retrain", {{"epochs", 1}, {"from", "fresh"}}}};
  const std::size_t before = deployment.registry.history("m").size();
  const MaintainResult result = pass(deployment, options);
  EXPECT_EQ(result.outcome, Outcome::kRefused);
  EXPECT_THAT(result.reason, HasSubstr("not better enough"));
  EXPECT_EQ(deployment.registry.alias("m", "production"), 1);
  EXPECT_EQ(deployment.registry.versions("m").size(), 1U);
  EXPECT_THAT(kinds_since(deployment.registry, before), ElementsAre("trigger", "action", "gate", "refused"));
}

TEST(Maintain, AsksARefusedQuestionAgainOnlyWhenEnoughLabelsCame) {
  Deployment deployment;
  deployment.traffic(200, "r", 7, {.shift = 1.5}, 150);
  MaintainOptions options = options_for(deployment);
  options.actions = {{"retrain", {{"epochs", 1}, {"from", "fresh"}}}};
  ASSERT_EQ(pass(deployment, options).outcome, Outcome::kRefused);
  const std::int64_t epoch = deployment.registry.epoch();
  EXPECT_EQ(pass(deployment, options).outcome, Outcome::kAlreadyJudged);
  deployment.traffic(50, "few", 8, {.shift = 1.5}, 10);
  EXPECT_EQ(pass(deployment, options).outcome, Outcome::kAlreadyJudged);
  EXPECT_EQ(deployment.registry.epoch(), epoch);
  deployment.traffic(50, "more", 9, {.shift = 1.5}, 30);
  EXPECT_EQ(pass(deployment, options).outcome, Outcome::kRefused);
  options.actions[0].values["epochs"] = 2;
  EXPECT_EQ(pass(deployment, options).outcome, Outcome::kRefused);  // other options are another question
}

TEST(Maintain, WaitsForLabelsWhenOnlyDriftIsKnown) {
  Deployment deployment;
  deployment.traffic(200, "r", 7, kElsewhere, 20);
  const std::size_t before = deployment.registry.history("m").size();
  EXPECT_EQ(pass(deployment).outcome, Outcome::kDeferred);
  EXPECT_THAT(kinds_since(deployment.registry, before), ElementsAre("trigger", "deferred"));
  EXPECT_EQ(pass(deployment).outcome, Outcome::kAlreadyJudged);
  deployment.traffic(100, "s", 8, kElsewhere, 100);
  EXPECT_EQ(pass(deployment).outcome, Outcome::kPromoted);
}

TEST(Maintain, LeavesPromotionToAPersonWhenAsked) {
  Deployment deployment;
  deployment.traffic(300, "r", 7, kElsewhere, 250);
  MaintainOptions options = options_for(deployment);
  options.promote = false;
  EXPECT_EQ(pass(deployment, options).outcome, Outcome::kPublished);
  EXPECT_EQ(deployment.registry.alias("m", "production"), 1);
  EXPECT_EQ(deployment.registry.versions("m").size(), 2U);
}

TEST(Maintain, AFailingStepLeavesAnEventAndTheAliasWhereItWas) {
  Deployment deployment;
  deployment.traffic(300, "r", 7, kElsewhere, 250);
  MaintainOptions options = options_for(deployment);
  options.actions = {{"retrain", {{"epochs", 40}, {"optimizer", "sgd"}, {"learning_rate", 1e6}}}};  // diverges
  const std::size_t before = deployment.registry.history("m").size();
  const MaintainResult result = pass(deployment, options);
  EXPECT_EQ(result.outcome, Outcome::kFailed);
  EXPECT_THAT(result.reason, HasSubstr("action retrain"));
  EXPECT_THAT(kinds_since(deployment.registry, before), ElementsAre("trigger", "trigger", "failed"));
  EXPECT_EQ(deployment.registry.alias("m", "production"), 1);
  EXPECT_EQ(deployment.registry.versions("m").size(), 1U);
  EXPECT_TRUE(deployment.registry.verify().empty());
}

TEST(Maintain, RecordsAFailureThatRepeatsOnce) {
  Deployment deployment;
  deployment.traffic(300, "r", 7, kElsewhere, 250);
  MaintainOptions options = options_for(deployment);
  options.actions = {{"retrain", {{"epochs", 40}, {"optimizer", "sgd"}, {"learning_rate", 1e6}}}};  // diverges
  ASSERT_EQ(pass(deployment, options).outcome, Outcome::kFailed);
  const std::size_t before = deployment.registry.history("m").size();
  const MaintainResult again = pass(deployment, options);
  EXPECT_EQ(again.outcome, Outcome::kFailed);
  EXPECT_THAT(again.reason, HasSubstr("as in event"));
  EXPECT_EQ(deployment.registry.history("m").size(), before);
  options.gates.push_back({"better", {{"metric", "rmse"}}});  // another question
  EXPECT_EQ(pass(deployment, options).outcome, Outcome::kFailed);
  EXPECT_THAT(kinds_since(deployment.registry, before), ElementsAre("trigger", "trigger", "failed"));
}

TEST(Maintain, KeepsTheEvidenceOfEachDecision) {
  Deployment deployment;
  deployment.traffic(300, "r", 7, kElsewhere, 250);
  const MaintainResult result = pass(deployment);
  const std::vector<Event> history = deployment.registry.history("m");
  const auto event = [&](const std::string& kind) { return *std::ranges::find(history, kind, &Event::kind); };
  EXPECT_EQ(event("trigger").evidence["facts"]["bound"], 1.0);
  EXPECT_EQ(event("trigger").evidence["window"]["labelled"], 250);
  EXPECT_EQ(event("trigger").evidence["options"], to_json(options_for(deployment)));
  EXPECT_EQ(event("action").evidence["facts"]["settings"]["seed"], 0);
  EXPECT_GT(event("gate").evidence["facts"]["low"].get<double>(), 0);
  for (const char* kind : {"trigger", "action", "gate"}) EXPECT_EQ(event(kind).evidence["digest"], result.digest) << kind;
  EXPECT_EQ(history.back().evidence["digest"], result.digest);  // the promotion
  EXPECT_THAT(history.back().reason, HasSubstr("beyond the bound"));
}

TEST(Maintain, GivesTheNewVersionTheTableItWasTrainedOn) {
  Deployment deployment;
  deployment.traffic(300, "r", 7, kElsewhere, 250);
  pass(deployment);
  const ModelVersion made = deployment.registry.version("m", 2);
  const Json& reference = made.facts["reference"];
  const Table table = load_table(kept_reference(made, deployment.registry).path());
  EXPECT_EQ(table.rows(), reference["rows"].get<std::int64_t>());
  EXPECT_TRUE(table.has(kPopulationColumn));
  EXPECT_EQ(made.facts["from_version"], 1);
  EXPECT_EQ(made.facts["held_out"]["rows"].get<std::int64_t>() + table.rows(), 300 + 250);
}

TEST(Maintain, RefusesAReferenceThatSomebodyChanged) {
  Deployment deployment;
  deployment.traffic(300, "r", 7, kElsewhere, 250);
  ASSERT_EQ(pass(deployment).outcome, Outcome::kPromoted);
  const ArtifactFile kept = kept_reference(deployment.registry.version("m", 2), deployment.registry);
  save_table(scenario::rows(10, 1), deployment.folder / "other.parquet");
  std::filesystem::copy_file(deployment.folder / "other.parquet", kept.path(), std::filesystem::copy_options::overwrite_existing);
  EXPECT_THROW(pass(deployment), Error);
}

TEST(Maintain, ReplaysToTheSameBytesAndDecisions) {
  Deployment deployment;
  deployment.traffic(300, "r", 7, kElsewhere, 250);
  const TemporaryFolder elsewhere;
  std::filesystem::copy(deployment.registry.folder(), elsewhere / "copy", std::filesystem::copy_options::recursive);
  const MaintainResult first = pass(deployment);
  Registry copy(elsewhere / "copy", deployment.clock);
  const MaintainResult second = maintain(options_for(deployment), copy, deployment.clock);
  EXPECT_EQ(first.digest, second.digest);
  EXPECT_EQ(deployment.registry.version("m", 2).artifact, copy.version("m", 2).artifact);
  const std::vector<Event> a = deployment.registry.history("m");
  const std::vector<Event> b = copy.history("m");
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].kind, b[i].kind);
    EXPECT_EQ(a[i].reason, b[i].reason);
    EXPECT_EQ(a[i].evidence, b[i].evidence);
  }
}

TEST(Maintain, AfterARollbackJudgesOnlyWhatCameSince) {
  Deployment deployment;
  deployment.traffic(300, "r", 7, kElsewhere, 250);
  ASSERT_EQ(pass(deployment).outcome, Outcome::kPromoted);
  deployment.clock.advance(std::chrono::seconds(1));
  deployment.registry.rollback("m", "production");
  deployment.clock.advance(std::chrono::seconds(1));
  const MaintainResult result = pass(deployment);
  EXPECT_EQ(result.version, 1);
  EXPECT_EQ(result.report.rows, 0);
  EXPECT_EQ(result.outcome, Outcome::kUnknown);
}

TEST(Maintain, LeavesAHeldAliasWhereItIs) {
  Deployment deployment;
  deployment.registry.hold("m", "production", {.actor = "ann", .reason = "audit"});
  deployment.traffic(300, "r", 7, kElsewhere, 250);
  const MaintainResult result = pass(deployment);
  EXPECT_EQ(result.outcome, Outcome::kPublished);
  EXPECT_THAT(result.reason, HasSubstr("ann holds the alias (audit)"));
  EXPECT_EQ(deployment.registry.alias("m", "production"), 1);
  EXPECT_EQ(deployment.registry.versions("m").size(), 2U);
}

// A retraining takes what the version before answered; the next one takes no row twice.
TEST(Maintain, LearnsFromLabelsOfVersionsThatNoLongerServe) {
  Deployment deployment;
  deployment.traffic(200, "old", 7, kElsewhere, 200);
  deployment.registry.publish("m", scenario::trained(scenario::rows(300, 2), 5));
  deployment.registry.promote("m", 2, "production");
  deployment.traffic(100, "new", 8, kElsewhere, 100, 2);
  const MaintainResult result = pass(deployment);
  ASSERT_EQ(result.outcome, Outcome::kPromoted) << result.reason;
  const auto step = std::ranges::find(result.steps, "action", &Step::kind);
  EXPECT_GT(step->decision.evidence["new_rows"].get<std::int64_t>(), 180);
  const Table kept = load_table(kept_reference(deployment.registry.version("m", 3), deployment.registry).path());
  std::set<std::string> keys(kept.column(kRequestColumn).strings().begin(), kept.column(kRequestColumn).strings().end());
  EXPECT_EQ(std::ssize(keys), step->decision.evidence["new_rows"].get<std::int64_t>() + 1);  // and "" of the first reference

  deployment.traffic(200, "late", 9, {.shift = -2, .offset = -9}, 200, 3);
  const MaintainResult next = pass(deployment);
  const auto again = std::ranges::find(next.steps, "action", &Step::kind);
  ASSERT_NE(again, next.steps.end()) << next.reason;
  EXPECT_LE(again->decision.evidence["new_rows"].get<std::int64_t>(), 200);
}

// A feature that may not be missing is, in one labelled row: that row is left out and counted.
TEST(Maintain, LeavesOutRowsThatTheModelCannotAnswer) {
  Deployment deployment;
  deployment.traffic(300, "r", 7, {.shift = 1.5, .offset = 6, .missing_row = 3}, 250);
  const MaintainResult result = pass(deployment);
  EXPECT_EQ(result.outcome, Outcome::kPromoted) << result.reason;
  EXPECT_EQ(result.report.quality->unanswered, 1);
  EXPECT_EQ(result.report.quality->labelled, 249);
  const auto step = std::ranges::find(result.steps, "action", &Step::kind);
  EXPECT_EQ(step->decision.evidence["incomplete_rows"], 1);
}

TEST(Maintain, IsNeverQuietWhereAFeatureIsMissingEverywhere) {
  Deployment deployment;
  deployment.traffic(200, "r", 8, {.missing_row = -1}, 150);
  const MaintainResult result = pass(deployment);
  EXPECT_EQ(result.report.health(), Health::kAlarm);
  EXPECT_THAT(result.report.alarms,
              testing::Contains(HasSubstr("missing-share: b: 100 % of 200 values are missing, 0 % in the reference")));
  EXPECT_TRUE(result.steps[0].decision.unknown) << result.steps[0].decision.reason;
  EXPECT_NE(result.outcome, Outcome::kQuiet);
}

TEST(Maintain, CannotBeginWithoutAnAlias) {
  Deployment deployment;
  MaintainOptions options = options_for(deployment);
  options.alias = "staging";
  EXPECT_THROW(pass(deployment, options), Error);
}

TEST(Maintain, TellsTheStory) {
  Deployment deployment;
  deployment.traffic(300, "r", 7, kElsewhere, 250);
  const MaintainResult result = pass(deployment);
  EXPECT_THAT(summary(result), AllOf(HasSubstr("m@production is version 1"), HasSubstr("trigger  quality yes"),
                                     HasSubstr("gate     better yes"), HasSubstr("promoted: version 2 replaced version 1")));
  EXPECT_THAT(maintain_page(result), AllOf(HasSubstr("Maintenance of m@production"), HasSubstr("What the monitor saw")));
  const Json json = to_json(result);
  EXPECT_EQ(json["outcome"], "promoted");
  EXPECT_EQ(json["steps"].size(), 4U);
}

}  // namespace
}  // namespace upkeep
