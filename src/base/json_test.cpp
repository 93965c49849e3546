#include "base/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "upkeep/error.hpp"

namespace upkeep {

TEST(Json, KeepsTheOrderOfKeys) { EXPECT_EQ(parse_json(R"({"b": 1, "a": 2})").dump(), R"({"b":1,"a":2})"); }

TEST(Json, SaysWhereItBroke) {
  try {
    parse_json("{\"a\": }");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_THAT(error.what(), testing::HasSubstr("column 7"));
  }
}

TEST(Json, RefusesNumbersThatNoDoubleHolds) {
  EXPECT_THROW(parse_json("[1e999]"), Error);
  EXPECT_THROW(parse_json(std::string(400, '9')), Error);
}

TEST(Json, RefusesDepthBeforeItRecurses) {
  EXPECT_NO_THROW(parse_json(std::string(64, '[') + std::string(64, ']')));
  EXPECT_THROW(parse_json(std::string(65, '[') + std::string(65, ']')), Error);
  EXPECT_THROW(parse_json(std::string(10'000'000, '[')), Error);
  EXPECT_NO_THROW(parse_json("\"" + std::string(100, '[') + "\""));
}

TEST(Yaml, ReadsPlainScalarsAsWhatTheyAre) {
  const Json json = parse_yaml("a: 1\nb: 0.5\nc: true\nd: text\ne: \"1\"\nf: null\ng: [1, x]\nh: {i: 1e-3}\n");
  EXPECT_EQ(json, parse_json(R"({"a":1,"b":0.5,"c":true,"d":"text","e":"1","f":null,"g":[1,"x"],"h":{"i":0.001}})"));
}

TEST(Yaml, RefusesDoubleKeysAndBrokenText) {
  EXPECT_THROW(parse_yaml("a: 1\na: 2\n"), Error);
  try {
    parse_yaml("a: [1\nb: 2\n");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("line"));
  }
}

TEST(Yaml, RefusesDepth) { EXPECT_THROW(parse_yaml(std::string(200, '[') + std::string(200, ']')), Error); }

}  // namespace upkeep
