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

TEST(Yaml, RefusesWhatIsNoText) {
  EXPECT_THROW(parse_yaml("a: \xD1\n"), Error);
  EXPECT_THROW(parse_yaml("\xD1: 1\n"), Error);
  EXPECT_THROW(parse_yaml("a: \"\xE2\x82\"\n"), Error);
  EXPECT_EQ(parse_yaml("ä: €\n"), parse_json(R"({"ä": "€"})"));
}

TEST(Yaml, FollowsReferences) {
  EXPECT_EQ(parse_yaml("a: &x {b: 1}\nc: [*x, *x]\n"), parse_json(R"({"a": {"b": 1}, "c": [{"b": 1}, {"b": 1}]})"));
}

TEST(Yaml, RefusesReferencesThatMakeAShortTextLarge) {
  std::string lists = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    lists += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) lists += "*a" + std::to_string(i - 1) + ",";
    lists += "]\n";
  }
  EXPECT_THROW(parse_yaml(lists), Error);
  std::string texts = "a: &a " + std::string(10'000, 'x') + "\nb: [";
  for (int i = 0; i < 1'000; ++i) texts += "*a,";
  EXPECT_THROW(parse_yaml(texts + "]\n"), Error);
  EXPECT_THROW(parse_yaml("&a [*a]"), Error);
}

TEST(Yaml, RefusesDepth) { EXPECT_THROW(parse_yaml(std::string(200, '[') + std::string(200, ']')), Error); }

}  // namespace upkeep
