#include "serve/access/tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/sha256.hpp"
#include "upkeep/error.hpp"

namespace upkeep::serve {
namespace {

using testing::HasSubstr;

constexpr const char* kFile = R"(
tokens:
  - name: shop
    sha256: 81e3ea0a2ae1f2a5ce7b3e3ea8ddd0aa2c0e0b7e8e0f55a3b5ab1b2c7ad3aaaa
    allow: {infer: [price, "image-*"], label: [price]}
    requests_per_s: 200
    concurrent: 16
    expires: "2027-06-30"
certificates:
  - name: spiffe://shop.example/batch
    allow: {admin: ["*"]}
anonymous:
  allow: {infer: [demo]}
)";

TEST(Tokens, SayWhoMayAskWhat) {
  const Tokens tokens = parse_tokens(kFile);
  ASSERT_EQ(tokens.tokens.size(), 1u);
  const Grant& shop = tokens.tokens[0].grant;
  EXPECT_TRUE(shop.allows(Role::kInfer, "price"));
  EXPECT_TRUE(shop.allows(Role::kInfer, "image-7"));
  EXPECT_FALSE(shop.allows(Role::kInfer, "image"));
  EXPECT_FALSE(shop.allows(Role::kInfer, "prices"));
  EXPECT_FALSE(shop.allows(Role::kInfer, ""));
  EXPECT_FALSE(shop.allows(Role::kLabel, "image-7"));
  EXPECT_FALSE(shop.allows(Role::kAdmin, "price"));
  EXPECT_TRUE(shop.allows(Role::kAny, ""));
  EXPECT_EQ(shop.requests_per_s, 200);
  EXPECT_EQ(shop.concurrent, 16);
  EXPECT_EQ(to_iso8601(*shop.expires), "2027-06-30T00:00:00.000000Z");
  const Grant* batch = tokens.by_certificate("spiffe://shop.example/batch");
  ASSERT_TRUE(batch);
  EXPECT_TRUE(batch->allows(Role::kAdmin, ""));
  EXPECT_TRUE(batch->allows(Role::kAdmin, "anything"));
  EXPECT_FALSE(tokens.by_certificate(""));
  EXPECT_TRUE(tokens.anonymous->allows(Role::kInfer, "demo"));
}

TEST(Tokens, AreFoundByTheirHash) {
  const std::string one = make_token(), other = make_token();
  const Tokens tokens = parse_tokens("tokens: [{name: a, sha256: \"" + sha256(one) + "\", allow: {}}]");
  ASSERT_TRUE(tokens.by_token(one));
  EXPECT_EQ(tokens.by_token(one)->name, "a");
  EXPECT_FALSE(tokens.by_token(other));
  EXPECT_FALSE(tokens.by_token(""));
  EXPECT_FALSE(tokens.by_token(sha256(one)));
}

TEST(Tokens, AreRandomAndLong) {
  std::set<std::string> made;
  for (int i = 0; i < 1000; ++i) made.insert(make_token());
  EXPECT_EQ(made.size(), 1000u);
  for (const std::string& token : made) EXPECT_THAT(token, testing::MatchesRegex("upk_[A-Za-z0-9_-]{43}")) << token;
}

TEST(Tokens, ManyStarsTakeNoLongTime) {
  std::string pattern, name(10'000, 'a');
  for (int i = 0; i < 1000; ++i) pattern += "a*";
  const Tokens tokens = parse_tokens("anonymous: {allow: {infer: [\"" + pattern + "b\"]}}");
  EXPECT_FALSE(tokens.anonymous->allows(Role::kInfer, name));
}

TEST(Tokens, SayWhereTheFileIsWrong) {
  const std::string hash = sha256("x");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"toknes: []", "did you mean \"tokens\""},
      {"[]", "expected a map"},
      {"tokens: {a: b}", "\"tokens\" is a list"},
      {"tokens: [{name: a, sha256: \"12\", allow: {}}]", "tokens[0]: \"sha256\" is 64 digits"},
      {"tokens: [{name: a, sha256: \"" + std::string(64, 'G') + "\", allow: {}}]", "64 digits"},
      {"tokens: [{sha256: \"" + hash + "\", allow: {}}]", "\"name\" is a text"},
      {"tokens: [{name: a, sha256: \"" + hash + "\"}]", "\"allow\" is missing"},
      {"tokens: [{name: a, sha256: \"" + hash + "\", allow: {infre: [\"*\"]}}]", "infer"},
      {"tokens: [{name: a, sha256: \"" + hash + "\", allow: {infer: all}}]", "takes a list of models"},
      {"tokens: [{name: a, sha256: \"" + hash + "\", allow: {infer: [7]}}]", "are texts"},
      {"tokens: [{name: a, sha256: \"" + hash + "\", allow: {}, concurrent: 0}]", "\"concurrent\" is a number above 0"},
      {"tokens: [{name: a, sha256: \"" + hash + "\", allow: {}, concurrent: 1.5}]", "whole number"},
      {"tokens: [{name: a, sha256: \"" + hash + "\", allow: {}, expires: soon}]", "tokens[0]"},
      {"tokens: [{name: a, sha256: \"" + hash + "\", allow: {}}, {name: b, sha256: \"" + hash + "\", allow: {}}]",
       "\"a\", too, has this hash"},
      {"certificates: [{name: a, allow: {}}, {name: a, allow: {}}]", "twice"},
      {"anonymous: {name: a, allow: {}}", "name"},
  };
  for (const auto& [text, expected] : cases) {
    try {
      parse_tokens(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(expected)) << text;
    }
  }
}

}  // namespace
}  // namespace upkeep::serve
