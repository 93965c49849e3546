#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "graph/onnx.hpp"
#include "registry/pairings_testing.hpp"

namespace upkeep {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ChangesTest : public PairingTest {
 protected:
  std::vector<std::string> kinds() const {
    std::vector<std::string> found;
    for (const Event& event : registry.history()) found.push_back(event.kind);
    return found;
  }
};
INSTANTIATE_PAIRINGS(ChangesTest);

TEST_P(ChangesTest, NewFactsOfBytesThatWerePublishedBeforeAreAnEvent) {
  registry.publish("m", shift_model(1), "", Json{{"mae", 0.5}, {"rows", 10}});
  const ModelVersion again = registry.publish("m", shift_model(1), "with its data", Json{{"mae", 0.25}}, {.actor = "ann"});
  EXPECT_EQ(again.version, 1);
  EXPECT_EQ(again.description, "with its data");
  EXPECT_EQ(again.facts, (Json{{"mae", 0.25}, {"rows", 10}}));
  EXPECT_EQ(Registry::existing(address).version("m", 1).facts, again.facts);
  EXPECT_THAT(kinds(), ElementsAre("published", "described"));
  registry.publish("m", shift_model(1), "with its data", Json{{"mae", 0.25}});  // says nothing new
  EXPECT_THAT(kinds(), ElementsAre("published", "described"));
  EXPECT_THAT(registry.verify(), IsEmpty());
}

TEST_P(ChangesTest, ADeletedVersionIsGoneButItsNumberAndHistoryStay) {
  publish_versions(3);
  registry.remove_version("m", 2, {.actor = "ann", .reason = "wrong data"});
  EXPECT_THAT(error_of([&] { registry.version("m", 2); }).what(), HasSubstr("was deleted by ann"));
  EXPECT_EQ(registry.versions("m").size(), 2U);
  EXPECT_EQ(registry.publish("m", shift_model(4)).version, 4);
  EXPECT_EQ(registry.history("m").size(), 5U);
  EXPECT_THAT(registry.verify(), IsEmpty());
  EXPECT_EQ(error_of([&] { registry.promote("m", 2, "production"); }).code(), ErrorCode::kNotFound);
}

TEST_P(ChangesTest, AVersionThatAnAliasPointsAtIsNotDeleted) {
  publish_versions(2);
  registry.promote("m", 2, "production");
  const Error error = error_of([&] { registry.remove_version("m", 2); });
  EXPECT_EQ(error.code(), ErrorCode::kFailedPrecondition);
  EXPECT_THAT(error.what(), HasSubstr("production"));
  EXPECT_EQ(registry.remove_alias("m", "production").from, 2);
  EXPECT_EQ(registry.alias("m", "production"), std::nullopt);
  EXPECT_THAT(registry.version("m", 2).aliases, IsEmpty());
  registry.remove_version("m", 2);
  registry.remove_version("m", 1);
  EXPECT_THAT(registry.models(), IsEmpty());
  EXPECT_THAT(error_of([&] { registry.resolve("m"); }).what(), HasSubstr("all versions"));
}

TEST_P(ChangesTest, ARollbackDoesNotGoBackToWhatWasDeleted) {
  publish_versions(3);
  for (const int version : {1, 2, 3}) registry.promote("m", version, "production");
  registry.remove_version("m", 2);
  EXPECT_EQ(registry.rollback("m", "production").to, 1);
  EXPECT_EQ(registry.alias("m", "production"), 1);
  EXPECT_THAT(registry.version("m", 1).aliases, ElementsAre("production"));
}

TEST_P(ChangesTest, BytesOfADeletedVersionGoAfterTheTimeOfGraceUnlessSomebodyElseHasThem) {
  publish_versions(2);
  registry.publish("other", shift_model(1));
  const std::string shared = registry.version("m", 1).artifact, own = registry.version("m", 2).artifact;
  registry.remove_version("m", 1);
  registry.remove_version("m", 2);
  clock.advance(6 * 24h);
  EXPECT_EQ(registry.collect(), 0U);
  EXPECT_TRUE(is_kept(own));
  clock.advance(2 * 24h);
  EXPECT_EQ(registry.collect(), 1U);
  EXPECT_FALSE(is_kept(own));
  EXPECT_TRUE(is_kept(shared));
  EXPECT_THAT(registry.verify(), IsEmpty());
}

TEST_P(ChangesTest, PublishingADeletedModelRestoresItsVersion) {
  publish_versions(2);
  registry.remove_version("m", 1);
  EXPECT_EQ(registry.collect(0s), 1U);
  const ModelVersion again = registry.publish("m", shift_model(1));
  EXPECT_EQ(again.version, 1);
  EXPECT_EQ(model_to_bytes(registry.load(registry.version("m", 1))), model_to_bytes(shift_model(1)));
  EXPECT_THAT(kinds(), ElementsAre("published", "published", "deleted", "restored"));
  EXPECT_THAT(registry.verify(), IsEmpty());
}

TEST_P(ChangesTest, WhatIsKeptBesideAVersionIsVerifiedAndGoesWithIt) {
  const std::string digest = registry.keep("a table");
  registry.publish("m", shift_model(1), "", Json{{"reference", {{"sha256", digest}, {"rows", 1}}}});
  EXPECT_EQ(registry.artifact(digest), "a table");
  EXPECT_EQ(read_file(registry.artifact_file(digest).path()), "a table");
  damage(digest, "another");
  EXPECT_THAT(registry.verify(), ElementsAre(HasSubstr("damaged")));
  EXPECT_EQ(error_of([&] { registry.artifact(digest); }).code(), ErrorCode::kCorrupt);
  registry.keep("a table");
  EXPECT_THAT(registry.verify(), IsEmpty());
  registry.remove_version("m", 1);
  EXPECT_EQ(registry.collect(0s), 2U);
}

TEST_P(ChangesTest, AHeldAliasIsLeftAloneByThoseWhoRespectIt) {
  publish_versions(2);
  registry.promote("m", 1, "production");
  EXPECT_TRUE(registry.hold("m", "production", {.actor = "ann", .reason = "audit"}));
  EXPECT_FALSE(registry.hold("m", "production"));
  EXPECT_EQ(registry.held("m", "production")->reason, "audit");
  const Error error = error_of([&] { registry.promote("m", 2, "production", {}, {.respects_hold = true}); });
  EXPECT_EQ(error.code(), ErrorCode::kFailedPrecondition);
  EXPECT_THAT(error.what(), HasSubstr("held by ann"));
  EXPECT_EQ(registry.alias("m", "production"), 1);
  EXPECT_TRUE(registry.promote("m", 2, "production"));  // a person may
  EXPECT_TRUE(registry.held("m", "production"));
  EXPECT_TRUE(registry.release("m", "production"));
  EXPECT_FALSE(registry.held("m", "production"));
  EXPECT_TRUE(registry.promote("m", 1, "production", {}, {.respects_hold = true}));
}

TEST_P(ChangesTest, ARollbackCanHoldInTheSameChange) {
  publish_versions(2);
  for (const int version : {1, 2}) registry.promote("m", version, "production");
  registry.rollback("m", "production", {.actor = "ann"}, AfterRollback::kHold);
  EXPECT_EQ(registry.held("m", "production")->actor, "ann");
  EXPECT_EQ(registry.alias("m", "production"), 1);
}

TEST_P(ChangesTest, OfTwoWhoMoveTheSameAliasFromTheSameVersionOneIsRefused) {
  publish_versions(9);
  registry.promote("m", 1, "production");
  std::atomic<int> done = 0, refused = 0;
  std::vector<std::jthread> writers;
  for (int writer = 2; writer < 6; ++writer)
    writers.emplace_back([&, writer] {
      Registry own(address);
      try {
        own.promote("m", writer, "production", {}, {.from = 1});
        ++done;
      } catch (const Error& error) {
        if (error.code() == ErrorCode::kFailedPrecondition) ++refused;
      }
    });
  writers.clear();
  EXPECT_EQ(done, 1);
  EXPECT_EQ(refused, 3);
}

TEST_P(ChangesTest, OrderAndAliasesDoNotDependOnTheClock) {
  publish_versions(2);
  registry.promote("m", 1, "production");
  clock.advance(-24h * 365);
  registry.promote("m", 2, "production");
  EXPECT_EQ(registry.alias("m", "production"), 2);
  EXPECT_EQ(registry.resolve("m@production").version, 2);
  EXPECT_EQ(registry.rollback("m", "production").to, 1);
  EXPECT_THAT(kinds(), ElementsAre("published", "published", "promoted", "promoted", "rolled_back"));
}

TEST_P(ChangesTest, AReplicaLearnsOfAPromotionWithinASecond) {
  publish_versions(2);
  const Registry replica = Registry::existing(address);
  replica.wait_for_change(1ms);  // listens from now on
  const std::string before = replica.state();
  std::jthread writer([&] {
    std::this_thread::sleep_for(100ms);
    Registry(address).promote("m", 2, "production");
  });
  const Stopwatch watch;
  while (replica.state() == before && watch.seconds() < 10) replica.wait_for_change(10s);
  EXPECT_LT(watch.seconds(), 1);
  EXPECT_EQ(replica.alias("m", "production"), 2);
}

TEST_P(ChangesTest, BackUpDestroyRestoreGivesEqualBytesAndEqualHistory) {
  publish_versions(3);
  const std::string table = registry.keep("a table");
  registry.publish("other", shift_model(9), "it's", Json{{"reference", {{"sha256", table}, {"rows", 1}}}}, {.actor = "ann"});
  for (const int version : {1, 2}) registry.promote("m", version, "production");
  registry.rollback("m", "production", {.reason = "worse"}, AfterRollback::kHold);
  registry.remove_version("m", 3);
  registry.record("decision", "m", {.evidence = Json{{"mae", 3}}});
  registry.export_to(folder / "backup.tar");
  const RegistryAddress elsewhere = new_address();
  Registry restored(elsewhere, clock);
  restored.import_from(folder / "backup.tar");
  EXPECT_THAT(restored.verify(), IsEmpty());
  EXPECT_EQ(restored.alias("m", "production"), 1);
  EXPECT_TRUE(restored.held("m", "production"));
  EXPECT_EQ(restored.artifact(table), "a table");
  EXPECT_EQ(restored.publish("m", shift_model(5)).version, 4);
  Registry(elsewhere).export_to(folder / "with_one_more.tar");
  const RegistryAddress third = new_address();
  Registry(third, clock).import_from(folder / "backup.tar");
  Registry::existing(third, clock).export_to(folder / "again.tar");
  EXPECT_TRUE(read_file(folder / "again.tar") == read_file(folder / "backup.tar"));
}

TEST_P(ChangesTest, ImportingRefusesWhatIsDamagedAndARegistryWithAHistory) {
  publish_versions(2);
  registry.export_to(folder / "backup.tar");
  EXPECT_EQ(error_of([&] { registry.import_from(folder / "backup.tar"); }).code(), ErrorCode::kFailedPrecondition);
  const std::string whole = read_file(folder / "backup.tar");
  Registry target(new_address(), clock);
  for (const std::size_t size : {whole.size() - 600, whole.size() / 2, std::size_t{100}, std::size_t{0}}) {
    write_file(folder / "cut.tar", whole.substr(0, size));
    EXPECT_EQ(error_of([&] { target.import_from(folder / "cut.tar"); }).code(), ErrorCode::kCorrupt) << size;
  }
  for (std::size_t at = 0; at + 1024 < whole.size(); at += 97) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    if (changed[at] == '\1' || whole[at] == '\0') continue;  // padding
    write_file(folder / "changed.tar", changed);
    try {
      target.import_from(folder / "changed.tar");
      ADD_FAILURE() << "a changed byte at " << at << " is not noticed";
      break;
    } catch (const Error&) {
      EXPECT_EQ(target.epoch(), 0);
    }
  }
}

TEST_P(ChangesTest, FactsNameNothingOutsideOfTheArtefacts) {
  const std::string outside = "../" + std::string(61, 'x');
  const ModelVersion made = registry.publish("m", shift_model(1), "", Json{{"reference", {{"sha256", outside}, {"rows", 1}}}});
  EXPECT_EQ(error_of([&] { registry.artifact_file(outside); }).code(), ErrorCode::kCorrupt);
  registry.remove_version("m", made.version);
  EXPECT_EQ(registry.collect(0s), 1U);
}

TEST_P(ChangesTest, NothingIsExportedThatDoesNotVerify) {
  publish_versions(1);
  damage(registry.version("m", 1).artifact, "x");
  EXPECT_EQ(error_of([&] { registry.export_to(folder / "backup.tar"); }).code(), ErrorCode::kCorrupt);
  EXPECT_FALSE(std::filesystem::exists(folder / "backup.tar"));
}

}  // namespace
}  // namespace upkeep
