#include "base/catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep {

struct Member {
  std::string name;
  std::vector<std::string> aliases;
  std::string help;
  Settings settings;
};

static Catalog<Member> colours() {
  Catalog<Member> catalog("colours");
  catalog.add({"red", {"rouge"}, "like fire", {}});
  catalog.add({"blue", {}, "like water", {}});
  return catalog;
}

TEST(Catalog, FindsByNameAndAlias) {
  const Catalog<Member> catalog = colours();
  EXPECT_EQ(catalog.at("red").help, "like fire");
  EXPECT_EQ(catalog.at("rouge").name, "red");
  EXPECT_EQ(catalog.find("green"), nullptr);
  EXPECT_EQ(catalog.names(), (std::vector<std::string>{"red", "blue"}));
}

TEST(Catalog, AnswersAnUnknownNameWithTheCandidates) {
  try {
    colours().at("bleu");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("unknown colour \"bleu\""));
    EXPECT_THAT(error.what(), testing::HasSubstr("red, blue"));
  }
}

TEST(Catalog, RefusesTwoMembersOfOneName) {
  Catalog<Member> catalog = colours();
  EXPECT_THROW(catalog.add({"red", {}, "again", {}}), Error);
}

TEST(Catalog, DescribesItsRoom) {
  const Room room = describe("paint/colours", colours());
  EXPECT_EQ(room.folder, "paint/colours");
  ASSERT_EQ(room.members.size(), 2U);
  EXPECT_EQ(room.members[1].name, "blue");
}

}  // namespace upkeep
