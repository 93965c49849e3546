#include "serve/http/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep::serve {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Target, IsSplitBeforeItIsDecodedOnce) {
  Target target;
  ASSERT_TRUE(target.parse("/v2/a%2Fb%25zz/c?x=%zz&y=/z"));
  EXPECT_THAT(target.parts(), ElementsAre("v2", "a/b%zz", "c"));
  EXPECT_EQ(target.path(), "/v2/a/b%zz/c");
  EXPECT_EQ(target.query(), "x=%zz&y=/z");
}

TEST(Target, TakesTheFormsOfRfc9112) {
  Target target;
  ASSERT_TRUE(target.parse("http://Host:8080/v2/x?q"));  // absolute form
  EXPECT_THAT(target.parts(), ElementsAre("v2", "x"));
  EXPECT_EQ(target.query(), "q");
  ASSERT_TRUE(target.parse("HTTPS://host"));
  EXPECT_THAT(target.parts(), ElementsAre(""));
  ASSERT_TRUE(target.parse("*"));  // asterisk form
  EXPECT_THAT(target.parts(), IsEmpty());
  for (const auto* wrong : {"", "v2/x", "host:443", "http:///x", "http://", "ftp://host/x", "http://host?x"})
    EXPECT_FALSE(target.parse(wrong)) << wrong;
}

TEST(Target, KeepsEmptyPartsAndDots) {
  Target target;
  ASSERT_TRUE(target.parse("/"));
  EXPECT_THAT(target.parts(), ElementsAre(""));
  ASSERT_TRUE(target.parse("//a/../b/#fragment"));
  EXPECT_THAT(target.parts(), ElementsAre("", "a", "..", "b", ""));
}

TEST(Target, RefusesBrokenEscapes) {
  Target target;
  for (const auto* wrong : {"/%", "/%1", "/%1g", "/a/%zz", "/%4/a"}) EXPECT_FALSE(target.parse(wrong)) << wrong;
}

}  // namespace
}  // namespace upkeep::serve
