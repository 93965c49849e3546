#include "registry/stores/store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>

#include "base/files.hpp"
#include "base/format.hpp"

namespace upkeep::stores {
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

class SqliteTest : public testing::Test {
 protected:
  TemporaryFolder folder;
  std::filesystem::path file = folder / "registry.sqlite3";
  std::unique_ptr<Store> held = store_of("").open(folder.path().string(), Opening::kMake);
  Store& store = *held;

  void add(std::int64_t version) {
    Store::Transaction transaction(store);
    store.insert(row(version));
    transaction.commit();
  }
};

TEST_F(SqliteTest, ReadsBackWhatWasInserted) {
  add(1);
  const ModelVersion back = store.versions("m").at(0);
  EXPECT_EQ(back.artifact, row(1).artifact);
  EXPECT_EQ(back.created, row(1).created);
  EXPECT_EQ(back.description, row(1).description);
  EXPECT_EQ(back.facts, row(1).facts);
}

TEST_F(SqliteTest, EventsKeepAbsentVersionsAbsent) {
  add(1);
  store.append({.kind = "published", .model = "m", .to = 1});
  const Event event = store.events({.model = "m"}).at(0);
  EXPECT_EQ(event.from, std::nullopt);
  EXPECT_EQ(event.to, 1);
  EXPECT_EQ(event.id, store.newest_event());
}

TEST_F(SqliteTest, FiltersEventsByModelAndAlias) {
  add(1);
  store.append({.kind = "promoted", .model = "m", .alias = "production", .to = 1});
  store.append({.kind = "promoted", .model = "m", .alias = "canary", .to = 1});
  store.append({.kind = "decision", .model = "n"});
  EXPECT_EQ(store.events({}).size(), 3U);
  EXPECT_EQ(store.events({.model = "m"}).size(), 2U);
  EXPECT_EQ(store.events({.model = "m", .alias = "canary"}).size(), 1U);
  EXPECT_EQ(store.events({.model = "m", .alias = ""}).size(), 0U);
}

TEST_F(SqliteTest, WhatIsNotCommittedIsNotThere) {
  {
    Store::Transaction transaction(store);
    store.insert(row(1));
  }
  EXPECT_THAT(store.versions("m"), IsEmpty());
}

TEST_F(SqliteTest, AnEventCannotNameAVersionThatIsNotThere) {
  EXPECT_THROW(store.append({.kind = "promoted", .model = "m", .alias = "a", .to = 5}), Error);
}

TEST_F(SqliteTest, RowsAreNeverChangedOrRemovedNotEvenByOtherPrograms) {
  add(1);
  store.append({.kind = "published", .model = "m", .to = 1});
  EXPECT_THAT(run(file, "UPDATE versions SET artifact = 'x'"), HasSubstr("never changed"));
  EXPECT_THAT(run(file, "DELETE FROM versions"), HasSubstr("never removed"));
  EXPECT_THAT(run(file, "UPDATE events SET actor = 'x'"), HasSubstr("never changed"));
  EXPECT_THAT(run(file, "DELETE FROM events"), HasSubstr("never removed"));
  EXPECT_THAT(store.problems(), IsEmpty());
}

TEST_F(SqliteTest, NoticesAReferenceToAVersionThatIsNotThere) {
  run(file, "PRAGMA foreign_keys=OFF; INSERT INTO events VALUES (1, 0, 'promoted', 'm', 'a', NULL, 9, '', '', '{}')");
  EXPECT_THAT(store.problems(), ElementsAre(HasSubstr("events refers to a version that is not there")));
}

TEST_F(SqliteTest, ANewerRegistryIsNotTouched) {
  run(file, "PRAGMA user_version = 99");
  try {
    store_of("").open(folder.path().string(), Opening::kExisting);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  }
}

TEST_F(SqliteTest, AnEmptyJournalIsClearedAway) {
  const std::filesystem::path journal = file.string() + "-journal";
  std::ofstream(journal).flush();
  store.tidy();
  EXPECT_FALSE(std::filesystem::exists(journal));
}

TEST(Sqlite, RefusesAPathThatWouldEndTheConnectionString) {
  EXPECT_THROW(store_of("").open("/tmp/a\" readonly=\"1.sqlite3", Opening::kMake), Error);
}

TEST(Sqlite, IsOpenedByAUriOfItsFileAndMakesNothingWhereThereIsNone) {
  const TemporaryFolder folder;
  const std::string uri = "sqlite:" + (folder / "rows.db").string();
  EXPECT_THROW(store_of(uri).open(uri, Opening::kExisting), Error);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  store_of(uri).open(uri, Opening::kMake);
  EXPECT_TRUE(std::filesystem::exists(folder / "rows.db"));
  EXPECT_TRUE(store_of(uri).exists(uri));
  EXPECT_THROW(store_of("oracle://x"), Error);
}

// rsync and rename, a restored backup, a symbolic link that points elsewhere now.
TEST_F(SqliteTest, NoticesThatItsFileWasReplaced) {
  add(1);
  store.append({.kind = "published", .model = "m", .to = 1});
  const std::string before = store.state();
  std::filesystem::copy_file(file, folder / "older");
  add(2);
  store.append({.kind = "published", .model = "m", .to = 2});
  EXPECT_NE(store.state(), before);
  std::filesystem::rename(file, folder / "away");
  EXPECT_THROW(store.newest_event(), Error);
  std::filesystem::rename(folder / "older", file);
  EXPECT_EQ(store.versions("m").size(), 1U);
  EXPECT_NE(store.state(), before);  // another file, of which nothing else is known
}

}  // namespace
}  // namespace upkeep::stores
