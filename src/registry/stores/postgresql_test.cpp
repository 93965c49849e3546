#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registry/registry.hpp"
#include "registry/servers_testing.hpp"
#include "registry/test_models.hpp"

namespace upkeep {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing_servers::Postgresql;

class PostgresqlTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!Postgresql::server().is_there()) GTEST_SKIP() << "needs PostgreSQL: scripts/bootstrap installs it";
    uri = Postgresql::server().new_database();
    address = {uri, (folder / "files").string()};
  }

  // A statement's problem; "" when there was none.
  std::string refused(const std::string& statement) {
    try {
      soci::session sql("postgresql", uri);
      sql << statement;
      return {};
    } catch (const soci::soci_error& error) {
      return error.what();
    }
  }
  std::string value(const std::string& query) { return Postgresql::server().value(uri, query); }

  TemporaryFolder folder;
  std::string uri;
  RegistryAddress address;
};

TEST_F(PostgresqlTest, IsMadeByTheFirstWhoWritesAndRemembersItsArtefacts) {
  EXPECT_THROW(Registry::existing(address), Error);
  EXPECT_FALSE(Registry::is_in(uri));
  try {
    Registry registry(uri);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("--artifacts"));
  }
  Registry(address).publish("m", shift_model(1));
  EXPECT_TRUE(Registry::is_in(uri));
  const Registry registry = Registry::existing(uri);
  EXPECT_TRUE(registry.verify().empty());
  EXPECT_EQ(registry.log_folder(), folder / "files" / "log");
}

TEST_F(PostgresqlTest, RowsAreNeverChangedOrRemovedNotEvenByOtherPrograms) {
  Registry(address).publish("m", shift_model(1));
  for (const std::string& table : {std::string("versions"), std::string("events")})
    for (const std::string& statement :
         {"UPDATE upkeep." + table + " SET actor = 'x'", "DELETE FROM upkeep." + table, "TRUNCATE upkeep." + table})
      EXPECT_THAT(refused(statement), AnyOf(HasSubstr("never changed or removed"), HasSubstr("cannot truncate")));
}

TEST_F(PostgresqlTest, ShowsVersionsAliasesAndEventsToOthersByItsViews) {
  Registry registry(address);
  for (int i = 1; i <= 3; ++i) registry.publish("m", shift_model(static_cast<float>(i)), "it's :x", Json{{"mae", 0.5 * i}});
  for (const int version : {1, 2}) registry.promote("m", version, "production", {.actor = "ann"});
  registry.promote("m", 1, "canary");
  registry.hold("m", "canary");
  registry.rollback("m", "production", {}, AfterRollback::kHold);
  registry.remove_alias("m", "canary");
  registry.promote("m", 2, "canary");
  registry.remove_version("m", 3);
  EXPECT_EQ(
      value("SELECT string_agg(model || ':' || version || ' ' || array_to_string(aliases, '+') || ' ' || deleted, ', ' ORDER BY version) "
            "FROM upkeep.model_versions"),
      "m:1 production false, m:2 canary false, m:3  true");
  EXPECT_EQ(value("SELECT string_agg(alias || ' ' || version || ' ' || held, ', ' ORDER BY alias) FROM upkeep.model_aliases"),
            "canary 2 false, production 1 true");
  EXPECT_EQ(value("SELECT facts->>'mae' FROM upkeep.model_versions WHERE version = 2"), "1.0");
  EXPECT_EQ(value("SELECT kind || ' ' || actor || ' ' || (time > now() - interval '1 hour') FROM upkeep.registry_events WHERE id = 5"),
            "promoted ann true");
}

TEST_F(PostgresqlTest, IsReadByARoleThatMayNotWrite) {
  Registry(address).publish("m", shift_model(1));
  for (const char* statement : {"DROP ROLE IF EXISTS reader", "CREATE ROLE reader LOGIN", "GRANT USAGE ON SCHEMA upkeep TO reader",
                                "GRANT SELECT ON ALL TABLES IN SCHEMA upkeep TO reader"})
    ASSERT_EQ(refused(statement), "");
  std::string as_reader = uri;
  as_reader.replace(as_reader.find("user=upkeep"), 11, "user=reader");
  Registry reader = Registry::existing(as_reader);
  EXPECT_EQ(reader.resolve("m").version, 1);
  EXPECT_TRUE(reader.verify().empty());
  try {
    reader.promote("m", 1, "production");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("permission denied"));
  }
  EXPECT_EQ(refused("DROP OWNED BY reader"), "");
}

TEST_F(PostgresqlTest, WhoeverWasConnectedGoesOnAfterTheServerWasKilled) {
  Registry writer(address);
  writer.publish("m", shift_model(1));
  const Registry reader = Registry::existing(address);
  EXPECT_EQ(reader.epoch(), 1);
  Postgresql::server().kill();
  try {
    reader.epoch();
    ADD_FAILURE() << "a server that is gone answers";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
  }
  EXPECT_THROW(writer.publish("m", shift_model(2)), Error);
  Postgresql::server().begin();
  EXPECT_EQ(reader.epoch(), 1);
  EXPECT_EQ(writer.publish("m", shift_model(2)).version, 2);
  EXPECT_EQ(reader.versions("m").size(), 2U);
  EXPECT_TRUE(reader.verify().empty());
}

TEST_F(PostgresqlTest, NoticesThatTheRegistryWasReplaced) {
  Registry(address).publish("m", shift_model(1));
  const Registry reader = Registry::existing(address);
  const std::string before = reader.state();
  ASSERT_EQ(refused("DROP SCHEMA upkeep CASCADE"), "");
  EXPECT_THROW(reader.epoch(), Error);
  Registry(address).publish("m", shift_model(2));
  EXPECT_NE(reader.state(), before);
  EXPECT_EQ(reader.epoch(), 1);
}

TEST(PostgresqlUri, IsShownWithoutItsPassword) {
  try {
    Registry::existing("postgresql://ann:s3cret@127.0.0.1:1/models?connect_timeout=1");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_THAT(error.what(), HasSubstr("127.0.0.1"));
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("s3cret")));
  }
}

}  // namespace
}  // namespace upkeep
