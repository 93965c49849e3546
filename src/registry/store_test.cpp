#include "registry/store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>

#include "base/files.hpp"
#include "base/format.hpp"

namespace upkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ModelVersion row(std::int64_t version) {
  return {.model = "m",
          .version = version,
          .artifact = upkeep::format("{:064x}", version),
          .size_bytes = 10,
          .created = TimePoint(std::chrono::seconds(version)),
          .actor = "ann",
          .description = "it's \"quoted\"; DROP TABLE versions",
          .facts = Json{{"mae", 0.5}}};
}

// One statement, by SQLite itself: what another program with the same file could do.
std::string run(const std::filesystem::path& file, const std::string& statement) {
  sqlite3* database = nullptr;
  sqlite3_open(file.c_str(), &database);
  char* message = nullptr;
  sqlite3_exec(database, statement.c_str(), nullptr, nullptr, &message);
  std::string problem = message ? message : "";
  sqlite3_free(message);
  sqlite3_close(database);
  return problem;
}

class StoreTest : public testing::Test {
 protected:
  TemporaryFolder folder;
  std::filesystem::path file = folder / "registry.sqlite3";
  RegistryStore store{file};

  void add(std::int64_t version) {
    RegistryStore::Transaction transaction(store);
    store.insert(row(version));
    transaction.commit();
  }
};

TEST_F(StoreTest, ReadsBackWhatWasInserted) {
  add(1);
  const ModelVersion back = store.versions("m").at(0);
  EXPECT_EQ(back.artifact, row(1).artifact);
  EXPECT_EQ(back.created, row(1).created);
  EXPECT_EQ(back.description, row(1).description);
  EXPECT_EQ(back.facts, row(1).facts);
  EXPECT_THAT(store.artifacts(), ElementsAre(row(1).artifact));
}

TEST_F(StoreTest, EventsKeepAbsentVersionsAbsent) {
  add(1);
  store.append({.kind = "published", .model = "m", .to = 1});
  const Event event = store.events("m").at(0);
  EXPECT_EQ(event.from, std::nullopt);
  EXPECT_EQ(event.to, 1);
  EXPECT_EQ(event.id, store.newest_event());
}

TEST_F(StoreTest, FiltersEventsByModelAndAlias) {
  add(1);
  store.append({.kind = "promoted", .model = "m", .alias = "production", .to = 1});
  store.append({.kind = "promoted", .model = "m", .alias = "canary", .to = 1});
  store.append({.kind = "decision", .model = "n"});
  EXPECT_EQ(store.events("").size(), 3U);
  EXPECT_EQ(store.events("m").size(), 2U);
  EXPECT_EQ(store.events("m", "canary").size(), 1U);
  EXPECT_EQ(store.events("m", "").size(), 0U);
}

TEST_F(StoreTest, WhatIsNotCommittedIsNotThere) {
  {
    RegistryStore::Transaction transaction(store);
    store.insert(row(1));
  }
  EXPECT_THAT(store.versions("m"), IsEmpty());
}

TEST_F(StoreTest, AnEventCannotNameAVersionThatIsNotThere) {
  EXPECT_THROW(store.append({.kind = "promoted", .model = "m", .alias = "a", .to = 5}), Error);
}

TEST_F(StoreTest, RowsAreNeverChangedOrRemovedNotEvenByOtherPrograms) {
  add(1);
  store.append({.kind = "published", .model = "m", .to = 1});
  EXPECT_THAT(run(file, "UPDATE versions SET artifact = 'x'"), HasSubstr("never changed"));
  EXPECT_THAT(run(file, "DELETE FROM versions"), HasSubstr("never removed"));
  EXPECT_THAT(run(file, "UPDATE events SET actor = 'x'"), HasSubstr("never changed"));
  EXPECT_THAT(run(file, "DELETE FROM events"), HasSubstr("never removed"));
  EXPECT_THAT(store.problems(), IsEmpty());
}

TEST_F(StoreTest, NoticesAReferenceToAVersionThatIsNotThere) {
  run(file, "PRAGMA foreign_keys=OFF; INSERT INTO events VALUES (1, 0, 'promoted', 'm', 'a', NULL, 9, '', '', '{}')");
  EXPECT_THAT(store.problems(), ElementsAre(HasSubstr("events refers to a version that is not there")));
}

TEST_F(StoreTest, ANewerRegistryIsNotTouched) {
  run(file, "PRAGMA user_version = 99");
  try {
    RegistryStore again(file);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  }
}

TEST_F(StoreTest, AnEmptyJournalIsClearedAway) {
  const std::filesystem::path journal = file.string() + "-journal";
  std::ofstream(journal).flush();
  store.clear_stale_journal();
  EXPECT_FALSE(std::filesystem::exists(journal));
}

TEST(Store, RefusesAPathThatWouldEndTheConnectionString) { EXPECT_THROW(RegistryStore("/tmp/a\" readonly=\"1.sqlite3"), Error); }

}  // namespace
}  // namespace upkeep
