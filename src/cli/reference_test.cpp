#include "cli/reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep {

static std::vector<Room> one_room() {
  const Json settings = parse_json(R"x([{"name":"mode","type":"string","default":"fast","choices":["fast","slow"],"help":"how"},
                                        {"name":"rate","type":"number","default":null,"range":"[0, 1)","help":"a|b"}])x");
  return {{"train/things", {{"thing", "does a thing", settings}, {"other", "does nothing", Json::array()}}}};
}

TEST(Reference, PageHasATableForEachMemberWithSettings) {
  const std::string page = reference_page(one_room());
  EXPECT_THAT(page, testing::HasSubstr("## train/things\n\n### thing\n\ndoes a thing\n"));
  EXPECT_THAT(page, testing::HasSubstr("| `mode` | how | string: fast \\| slow | \"fast\" |\n"));
  EXPECT_THAT(page, testing::HasSubstr("| `rate` | a\\|b | number in [0, 1) |  |\n"));
  EXPECT_THAT(page, testing::EndsWith("### other\n\ndoes nothing"));
}

TEST(Reference, TextHasALineForEachSetting) {
  EXPECT_THAT(reference_text(one_room()), testing::HasSubstr("how (string: fast | slow; default \"fast\")"));
}

}  // namespace upkeep
