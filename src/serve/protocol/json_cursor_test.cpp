#include "serve/protocol/json_cursor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/json.hpp"
#include "base/random.hpp"

namespace upkeep::serve {
namespace {

using testing::HasSubstr;

template <typename T>
T number(std::string_view text) {
  JsonCursor json(text);
  const T value = json.number<T>();
  json.end();
  EXPECT_TRUE(json.ok()) << json.failure();
  return value;
}

std::string failure_of(std::string_view text) {
  JsonCursor json(text);
  json.skip();
  json.end();
  return json.failure();
}

template <typename T>
std::string number_failure(std::string_view text) {
  JsonCursor json(text);
  json.number<T>();
  json.end();
  return json.failure();
}

TEST(JsonCursor, ReadsNumbersExactly) {
  EXPECT_EQ(number<float>("0.1"), 0.1F);
  EXPECT_EQ(number<double>(" -1.5e-3 "), -1.5e-3);
  EXPECT_EQ(number<float>("3.4028235e38"), 3.4028235e38F);
  EXPECT_EQ(number<std::int64_t>("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(number<std::uint64_t>("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
}

TEST(JsonCursor, ANumberTooSmallForItsTypeIsNearlyZero) {
  EXPECT_EQ(number<float>("1e-60"), 0.0F);
  EXPECT_EQ(number<float>("-1e-45"), -1e-45F);  // the smallest subnormal
  EXPECT_EQ(number<double>("1e-999"), 0.0);
}

TEST(JsonCursor, RefusesNumbersThatDoNotFit) {
  EXPECT_THAT(number_failure<float>("1e39"), HasSubstr("1e39 does not fit"));
  EXPECT_THAT(number_failure<double>("-1e999"), HasSubstr("does not fit"));
  EXPECT_THAT(number_failure<std::int8_t>("128"), HasSubstr("128 does not fit"));
  EXPECT_THAT(number_failure<std::uint8_t>("-1"), HasSubstr("-1"));
  EXPECT_THAT(number_failure<std::int32_t>("1.5"), HasSubstr("1.5 is not an integer"));
  EXPECT_THAT(number_failure<std::int32_t>("1e3"), HasSubstr("is not an integer"));
  for (const std::string_view text : {"NaN", "Infinity", "-Infinity", "inf", "nan", "-", "+1", ".5", "\"1\"", "null", "", "--1", "0x10"})
    EXPECT_FALSE(number_failure<float>(text).empty()) << text;
}

TEST(JsonCursor, ReadsStringsWithEscapes) {
  JsonCursor json(R"("a\"\\\/\b\f\n\r\té€😀 é")");
  EXPECT_EQ(json.string(), "a\"\\/\b\f\n\r\té€😀 é");
  EXPECT_TRUE(json.ok());
}

TEST(JsonCursor, RefusesStringsThatAreNone) {
  using namespace std::string_view_literals;
  for (const std::string_view text :
       {"\"abc"sv, "\"\\"sv, "\"\\x\""sv, "\"\\u12\""sv, "\"\\u12g4\""sv, "\"\\ud800\""sv, "\"\\ud800\\u0041\""sv, "\"\\udc00\""sv,
        "\"a\nb\""sv, "\"a\0b\""sv, "\"\xff\""sv, "\"\xc0\xaf\""sv, "\"\xed\xa0\x80\""sv, "\"\xf4\x90\x80\x80\""sv, "\"\xe2\x82\""sv})
    EXPECT_FALSE(failure_of(text).empty()) << text;
}

TEST(JsonCursor, WalksObjectsAndArrays) {
  JsonCursor json(R"( { "a" : [ 1 , 2 ] , "b" : { "c" : [ ] , "d" : { } } , "e" : "x" } )");
  std::vector<std::string> keys;
  std::string key;
  std::vector<int> numbers;
  for (json.open('{'); json.next_key(key);) {
    keys.push_back(key);
    if (key == "a")
      for (json.open('['); json.next_item();) numbers.push_back(json.number<int>());
    else json.skip();
  }
  json.end();
  EXPECT_TRUE(json.ok()) << json.failure();
  EXPECT_THAT(keys, testing::ElementsAre("a", "b", "e"));
  EXPECT_THAT(numbers, testing::ElementsAre(1, 2));
}

TEST(JsonCursor, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(failure_of(R"({"a": 1, "b" 2})"), "a colon should stand here (at byte 13)");
  EXPECT_EQ(failure_of("[1, 2"), "the JSON ends too early (at byte 5)");
  EXPECT_EQ(failure_of("[1 2]"), "a comma or a closing bracket should stand here, not \"2\" (at byte 3)");
  EXPECT_EQ(failure_of("{} x"), "something follows the JSON document (at byte 3)");
}

TEST(JsonCursor, StopsAtHostileNesting) {
  EXPECT_THAT(failure_of(std::string(100'000, '[')), HasSubstr("nested deeper than 32 levels"));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += R"({"a":)";
  EXPECT_THAT(failure_of(objects), HasSubstr("nested deeper than 32 levels"));
}

// Oracle: nlohmann-json. What one byte more, less or other makes of a document, both must agree on (apart from leniencies named here).
TEST(JsonCursor, AcceptsWhatAnotherParserAccepts) {
  const std::string seed_text = R"({"id":"a\n","inputs":[{"name":"x","shape":[1,2],"data":[1.5,-2e3,true,null,"é"]}],"p":{"q":[]}})";
  Random random(7, stream_id("mutations"));
  const std::string alphabet = "{}[]\",:0129.-e tfn\\u";
  for (int i = 0; i < 20'000; ++i) {
    std::string text = seed_text;
    const std::size_t at = random.below(text.size());
    const char other = alphabet[random.below(alphabet.size())];
    switch (random.below(3)) {
      case 0: text[at] = other; break;
      case 1: text.erase(at, 1); break;
      default: text.insert(at, 1, other);
    }
    const bool theirs = nlohmann::json::accept(text);
    // Ours also takes "01", "1." and the like for numbers.
    const bool lenient = text.find_first_of("0129") != text.npos;
    EXPECT_TRUE(theirs == failure_of(text).empty() || (lenient && !theirs)) << text << ": " << failure_of(text);
  }
}

}  // namespace
}  // namespace upkeep::serve
