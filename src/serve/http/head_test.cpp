#include "serve/http/head.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace upkeep::serve {
namespace {

// 0: it is a head; else the status that refuses it; -1: more must come.
int status_of(const std::string& text) {
  HeadFinder finder;
  const auto size = finder.find(text);
  if (!size) return size.error().status;
  if (*size == 0) return -1;
  Head head;
  const auto read = read_head(std::string_view(text).substr(0, *size), head);
  return read ? 0 : read.error().status;
}

Head head_of(const std::string& text) {
  Head head;
  EXPECT_TRUE(read_head(text, head).has_value()) << text;
  return head;
}

TEST(Head, GivesWhatWasWritten) {
  const std::string text = "POST /v2/x?y HTTP/1.1\r\nHost: a:80\r\nX-Empty:\r\nX-Two: \t b c \t\r\ncontent-length: 12\r\n\r\n";
  const Head head = head_of(text);
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/v2/x?y");
  EXPECT_EQ(head.content_length, 12u);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.chunked);
  using Header = std::pair<std::string_view, std::string_view>;
  EXPECT_THAT(head.headers,
              testing::ElementsAre(Header("Host", "a:80"), Header("X-Empty", ""), Header("X-Two", "b c"), Header("content-length", "12")));
}

TEST(Head, TellsWhetherTheConnectionGoesOn) {
  EXPECT_TRUE(head_of("GET / HTTP/1.1\r\nHost: a\r\n\r\n").keep_alive);
  EXPECT_FALSE(head_of("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade , CLOSE\r\n\r\n").keep_alive);
  EXPECT_FALSE(head_of("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n").keep_alive);
  EXPECT_FALSE(head_of("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(head_of("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
}

TEST(Head, IsFoundInPieces) {
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET";
  HeadFinder finder;
  for (std::size_t size = 0; size < text.size() - 3; ++size) {
    const auto found = finder.find(std::string_view(text).substr(0, size));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(*found, 0u) << size;
  }
  EXPECT_EQ(finder.find(text).value(), text.size() - 3);
}

// RFC 9112, RFC 9110 and what proxies were seen to disagree about.
TEST(Head, WhatCanBeReadInTwoWaysIsRefused) {
  const auto with = [](std::string_view headers) { return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n\r\n"; };
  const std::vector<std::pair<std::string, int>> cases = {
      // where the body ends
      {with("Transfer-Encoding: xchunked"), 400},
      {with("Transfer-Encoding: chunked\r\nContent-Length: 3"), 400},
      {with("Content-Length: 3\r\nTransfer-Encoding: chunked"), 400},
      {with("Content-Length: 3\r\nTransfer-Encoding: identity"), 400},
      {with("Transfer-Encoding: identity"), 400},
      {with("Transfer-Encoding: chunked, identity"), 400},
      {with("Transfer-Encoding: chunked, chunked"), 400},
      {with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400},
      {with("Transfer-Encoding: chunked\r\nTransfer-Encoding: x"), 400},
      {with("Transfer-Encoding:"), 400},
      {with("Transfer-Encoding: \"chunked\""), 400},
      {with("Transfer-Encoding: chunked;q=1"), 400},
      {with("Transfer-Encoding: \x0b"
            "chunked"),
       400},
      {with("Transfer-Encoding:\tchunked"), 0},
      {with("Transfer-Encoding: CHUNKED"), 0},
      {with("Transfer-Encoding: gzip, chunked"), 501},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {with("Content-Length: 3\r\nContent-Length: 3"), 400},
      {with("Content-Length: 3, 3"), 400},
      {with("Content-Length: +3"), 400},
      {with("Content-Length: -3"), 400},
      {with("Content-Length: 0x3"), 400},
      {with("Content-Length: 3 "), 0},
      {with("Content-Length: 3 4"), 400},
      {with("Content-Length:"), 400},
      {with("Content-Length: 3\0"), 0},
      {with("Content-Length: 99999999999999999999"), 413},
      // names
      {with("Content-Length : 3"), 400},
      {with("Content-Length\t: 3"), 400},
      {with("Transfer-Encoding : chunked"), 400},
      {with(" Content-Length: 3"), 400},
      {with("X: a\r\n Transfer-Encoding: chunked"), 400},
      {with("X: a\r\n\tb"), 400},
      {with(": no name"), 400},
      {with("no colon"), 400},
      {with("X[]: a"), 400},
      {with("X\xff: a"), 400},
      // lines
      {with("X: a\nContent-Length: 3"), 400},
      {with("X: a\rContent-Length: 3"), 400},
      {with("X: a\r\r\n"), 400},
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
      {with(std::string_view("X: a\0b", 6)), 400},
      {with("X: a\x7f"), 400},
      {with("X: caf\xc3\xa9"), 0},
      // hosts
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 0},
      {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 0},
      {"GET / HTTP/1.0\r\n\r\n", 0},
      // request lines
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /\r\nHost: a\r\n\r\n", 400},
      {"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505},
      {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"\x16\x03\x01\x02", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", 417},
      {"GET / HTTP/1.1\r\nHost: a\r\n", -1},
  };
  for (const auto& [text, status] : cases) EXPECT_EQ(status_of(text), status) << testing::PrintToString(text);
}

}  // namespace
}  // namespace upkeep::serve
