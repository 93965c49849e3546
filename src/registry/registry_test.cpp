#include "registry/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/files.hpp"
#include "graph/onnx.hpp"
#include "registry/pairings_testing.hpp"

namespace upkeep {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const TimePoint kStart = time_from_iso8601("2026-01-31T12:00:00Z");

class RegistryTest : public PairingTest {};
INSTANTIATE_PAIRINGS(RegistryTest);

TEST_P(RegistryTest, NumbersVersionsFromOneInTheOrderOfPublishing) {
  publish_versions(3);
  EXPECT_EQ(registry.publish("other", shift_model(1)).version, 1);
  EXPECT_THAT(registry.models(), ElementsAre("m", "other"));
  std::vector<std::int64_t> numbers;
  for (const ModelVersion& one : registry.versions("m")) numbers.push_back(one.version);
  EXPECT_THAT(numbers, ElementsAre(1, 2, 3));
  EXPECT_THAT(registry.verify(), IsEmpty());
}

TEST_P(RegistryTest, KeepsWhatThePublisherSaid) {
  registry.publish("m", shift_model(1), "first try", Json{{"mae", 0.25}},
                   {.actor = "ann@lab", .reason = "a start", .evidence = Json{{"rows", 442}}});
  const ModelVersion version = Registry::existing(address).version("m", 1);
  EXPECT_EQ(version.description, "first try");
  EXPECT_EQ(version.facts, (Json{{"mae", 0.25}}));
  EXPECT_EQ(version.actor, "ann@lab");
  EXPECT_EQ(version.created, kStart);
  const Event event = registry.history("m").at(0);
  EXPECT_EQ(event.kind, "published");
  EXPECT_EQ(event.to, 1);
  EXPECT_EQ(event.reason, "a start");
  EXPECT_EQ(event.evidence, (Json{{"rows", 442}}));
}

TEST_P(RegistryTest, TheSameBytesAreTheSameVersion) {
  publish_versions(2);
  EXPECT_EQ(registry.publish("m", shift_model(1)).version, 1);
  EXPECT_EQ(registry.versions("m").size(), 2U);
  EXPECT_EQ(registry.history("m").size(), 2U);
}

TEST_P(RegistryTest, GivesBackTheModelThatWasPublished) {
  registry.publish("m", shift_model(7));
  EXPECT_EQ(model_to_bytes(registry.load(registry.resolve("m"))), model_to_bytes(shift_model(7)));
}

TEST_P(RegistryTest, AnAliasIsAFoldOfItsEvents) {
  publish_versions(3);
  EXPECT_EQ(registry.alias("m", "production"), std::nullopt);
  EXPECT_EQ(registry.promote("m", 1, "production")->from, std::nullopt);
  clock.advance(1min);
  const auto event = registry.promote("m", 3, "production", {.actor = "bob", .reason = "better"});
  EXPECT_EQ(event->from, 1);
  EXPECT_EQ(event->to, 3);
  EXPECT_EQ(registry.alias("m", "production"), 3);
  EXPECT_EQ(registry.alias_at("m", "production", kStart + 30s), 1);
  EXPECT_EQ(registry.alias_at("m", "production", kStart - 1s), std::nullopt);
  EXPECT_THAT(registry.version("m", 3).aliases, ElementsAre("production"));
  EXPECT_THAT(registry.version("m", 1).aliases, IsEmpty());
}

TEST_P(RegistryTest, PromotingWhatIsPromotedIsNoEvent) {
  publish_versions(1);
  registry.promote("m", 1, "production");
  EXPECT_FALSE(registry.promote("m", 1, "production"));
  EXPECT_EQ(registry.history("m").size(), 2U);
}

TEST_P(RegistryTest, RollbackGoesBackAlongThePathThatWasWalked) {
  publish_versions(3);
  for (const int version : {1, 2, 3}) registry.promote("m", version, "production");
  EXPECT_EQ(registry.rollback("m", "production").to, 2);
  registry.promote("m", 3, "production");
  EXPECT_EQ(registry.rollback("m", "production").to, 2);
  EXPECT_EQ(registry.rollback("m", "production", {.reason = "worse still"}).to, 1);
  const Error error = error_of([&] { registry.rollback("m", "production"); });
  EXPECT_EQ(error.code(), ErrorCode::kFailedPrecondition);
  EXPECT_THAT(error.what(), HasSubstr("nothing before version 1"));
  EXPECT_EQ(registry.alias("m", "production"), 1);
  EXPECT_THAT(registry.verify(), IsEmpty());
}

TEST_P(RegistryTest, ResolvesNamesVersionsAndAliases) {
  publish_versions(2);
  registry.promote("m", 1, "production");
  EXPECT_EQ(registry.resolve("m").version, 2);
  EXPECT_EQ(registry.resolve("m:1").version, 1);
  EXPECT_EQ(registry.resolve("m@production").version, 1);
}

TEST_P(RegistryTest, AnUnknownNameIsAnsweredWithTheCandidates) {
  publish_versions(2);
  registry.promote("m", 1, "production");
  Error error = error_of([&] { registry.versions("n"); });
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_THAT(error.what(), HasSubstr("m"));
  error = error_of([&] { registry.version("m", 9); });
  EXPECT_THAT(error.what(), HasSubstr("versions are 1 to 2"));
  error = error_of([&] { registry.resolve("m@prodution"); });
  EXPECT_THAT(error.hint(), HasSubstr("production"));
  error = error_of([&] { registry.promote("m", 3, "production"); });
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  error = error_of([&] { registry.publish("../m", shift_model(1)); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(registry.history().size(), 3U);
}

TEST_P(RegistryTest, ADecisionIsAnEventThatMovesNothing) {
  publish_versions(1);
  const std::int64_t before = registry.epoch();
  const Event event = registry.record("decision", "m", {.actor = "loop", .reason = "quality fell", .evidence = Json{{"mae", 3}}});
  EXPECT_EQ(registry.epoch(), event.id);
  EXPECT_GT(event.id, before);
  EXPECT_EQ(registry.history("m").back().evidence, (Json{{"mae", 3}}));
  EXPECT_THROW(registry.record("promoted", "m", {}), Error);
  EXPECT_THAT(registry.verify(), IsEmpty());
}

TEST_P(RegistryTest, ADamagedArtefactIsRefusedAndPublishingTheSameModelRepairsIt) {
  const ModelVersion version = registry.publish("m", shift_model(1));
  damage(version.artifact, "x");
  const Error error = error_of([&] { registry.load(version); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_THAT(error.what(), HasSubstr("model \"m\" version 1"));
  EXPECT_THAT(registry.verify(), ElementsAre(HasSubstr("damaged")));
  registry.publish("m", shift_model(1));
  EXPECT_THAT(registry.verify(), IsEmpty());
}

TEST_P(RegistryTest, AMissingArtefactIsAProblemThatVerifyNames) {
  const ModelVersion version = registry.publish("m", shift_model(1));
  lose(version.artifact);
  EXPECT_THAT(registry.verify(), ElementsAre(testing::AnyOf(HasSubstr("missing"), HasSubstr("No such file"))));
}

TEST_P(RegistryTest, OpeningSweepsWhatAKilledWriterLeft) {
  if (GetParam().objects) GTEST_SKIP() << "objects are written whole";
  const ModelVersion version = registry.publish("m", shift_model(1));
  const std::filesystem::path shelf = registry.artifact_path(version).parent_path();
  // The mark of base/files.cpp, of a writer long gone.
  const std::filesystem::path leftover = shelf / ".upkeep-tmp-999999999-0";
  std::ofstream(leftover) << "half";
  std::filesystem::last_write_time(leftover, std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
  Registry again(address);
  EXPECT_FALSE(std::filesystem::exists(leftover));
  EXPECT_THAT(again.verify(), IsEmpty());
}

TEST_P(RegistryTest, SeveralProcessesMayWriteAtOnce) {
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < 4; ++writer)
    writers.emplace_back([&, writer] {
      Registry own(address);
      for (int i = 0; i < 5; ++i) {
        const ModelVersion made = own.publish("m", shift_model(static_cast<float>(writer * 100 + i)));
        own.promote("m", made.version, "production");
      }
    });
  writers.clear();
  EXPECT_EQ(registry.versions("m").size(), 20U);
  EXPECT_THAT(registry.verify(), IsEmpty());
}

TEST(RegistryFile, ThatIsNoDatabaseIsCorrupt) {
  const TemporaryFolder folder;
  std::ofstream(folder / "registry.sqlite3") << std::string(8192, 'x');
  const Error error = error_of([&] { Registry registry(folder.path()); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_THAT(error.what(), HasSubstr("registry.sqlite3"));
  EXPECT_FALSE(error.hint().empty());
}

TEST(RegistryFile, WithDamagedPagesIsNoticed) {
  const TemporaryFolder folder;
  {
    Registry registry(folder.path());
    for (int i = 0; i < 40; ++i) registry.publish("m", shift_model(static_cast<float>(i)), std::string(2000, 'd'));
  }
  std::fstream file(folder / "registry.sqlite3", std::ios::in | std::ios::out | std::ios::binary);
  for (int page = 3; page < 12; ++page) {
    file.seekp(page * 4096);
    file << std::string(64, '\xff');
  }
  file.close();
  std::vector<std::string> problems;
  try {
    problems = Registry(folder.path()).verify();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    problems.emplace_back(error.what());
  }
  EXPECT_FALSE(problems.empty());
}

TEST(RegistryFolder, ThatCannotBeMadeIsNamed) {
  const TemporaryFolder folder;
  std::ofstream(folder / "file") << "x";
  const Error error = error_of([&] { Registry registry(folder / "file" / "registry"); });
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_THAT(error.what(), HasSubstr("file"));
}

TEST(RegistryFolder, ThatIsReadOnlyIsRefusedWithAReason) {
  const TemporaryFolder folder;
  {
    Registry(folder.path()).publish("m", shift_model(1));
  }
  if (::mount(folder.path().c_str(), folder.path().c_str(), nullptr, MS_BIND, nullptr) != 0) GTEST_SKIP() << "needs the right to mount";
  ASSERT_EQ(::mount(nullptr, folder.path().c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr), 0);
  const Error error = error_of([&] { Registry(folder.path()).publish("m", shift_model(2)); });
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_THAT(error.what(), testing::AnyOf(HasSubstr("ead-only"), HasSubstr("readonly")));
  ::umount2(folder.path().c_str(), MNT_DETACH);
  EXPECT_EQ(Registry(folder.path()).versions("m").size(), 1U);
}

TEST(RegistryFolder, OnAFullDiskRefusesAndGoesOnWhenThereIsSpaceAgain) {
  const TemporaryFolder folder;
  if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=256k") != 0) GTEST_SKIP() << "needs the right to mount";
  {
    Registry registry(folder.path());
    registry.publish("m", shift_model(1));
    const std::filesystem::path ballast = folder / "ballast";
    std::ofstream(ballast) << std::string(1 << 20, 'x');  // as much as there is room for
    const Error error = error_of([&] { registry.publish("m", shift_model(2), std::string(8192, 'd')); });
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_THAT(error.what(), testing::AnyOf(HasSubstr("o space"), HasSubstr("full")));
    EXPECT_EQ(registry.versions("m").size(), 1U);
    std::filesystem::remove(ballast);
    EXPECT_EQ(registry.publish("m", shift_model(2), std::string(8192, 'd')).version, 2);
    EXPECT_THAT(registry.verify(), IsEmpty());
  }
  ::umount2(folder.path().c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace upkeep
