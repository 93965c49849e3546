#include "serve/http/chunks.hpp"

#include <gtest/gtest.h>

namespace upkeep::serve {
namespace {

struct DecodedChunks {
  int status = 0;  // 0: decoded; -1: more must come
  std::string body;
  std::string rest;  // what comes after the body
};

// `step`: as many bytes come at a time.
DecodedChunks decode_chunks(std::string_view text, std::size_t step, std::size_t most = 1000) {
  Chunks chunks(most);
  std::string waiting;
  while (!text.empty()) {
    waiting += text.substr(0, step);
    text.remove_prefix(std::min(step, text.size()));
    const auto used = chunks.read(waiting);
    if (!used) return {.status = used.error().status, .body = {}, .rest = {}};
    waiting.erase(0, *used);
    if (chunks.done()) return {.body = chunks.take_body(), .rest = waiting + std::string(text)};
  }
  return {.status = -1, .body = {}, .rest = {}};
}

TEST(Chunks, GiveTheBodyHoweverTheyCome) {
  for (const std::size_t step : {1, 2, 3, 7, 1000}) {
    const DecodedChunks one = decode_chunks("2\r\nab\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: dropped\r\n\r\nGET /", step);
    EXPECT_EQ(one.status, 0);
    EXPECT_EQ(one.body, "ab0123456789");
    EXPECT_EQ(one.rest, "GET /");
  }
}

TEST(Chunks, WhatCanBeReadInTwoWaysIsRefused) {
  for (const std::string_view text :
       {"2\nab\n0\n\n\r\n", "2\r\nab0\r\n\r\n", "2\r\nabc\r\n0\r\n\r\n", "-2\r\nab", "+2\r\nab\r\n0\r\n\r\n", "0x2\r\nab\r\n0\r\n\r\n",
        "zz\r\n", "\r\n\r\n", "2;a\nb\r\nab\r\n0\r\n\r\n", "2;\x01\r\nab\r\n0\r\n\r\n", "2\r\rab\r\n0\r\n\r\n",
        "10000000000000002\r\nab\r\n0\r\n\r\n", "2\r\nab\r\n0\r\nX: a\n\r\n\r\n"})
    for (const std::size_t step : {std::size_t{1}, std::size_t{1000}})
      EXPECT_EQ(decode_chunks(text, step).status, 400) << testing::PrintToString(text) << step;
}

TEST(Chunks, AreBounded) {
  EXPECT_EQ(decode_chunks("3e9\r\n", 1000).status, 413);
  EXPECT_EQ(decode_chunks("ffffffffffffffff\r\n", 1000).status, 413);
  EXPECT_EQ(decode_chunks("1;" + std::string(100'000, 'x'), 1000).status, 400);  // an extension that never ends
  std::string many;
  for (int i = 0; i < 500; ++i) many += "1;" + std::string(100, 'x') + "\r\na\r\n";
  EXPECT_EQ(decode_chunks(many, 1000).status, 400);  // extensions that are short, and many
  EXPECT_EQ(decode_chunks("0\r\nX: " + std::string(100'000, 'x'), 1000).status, 400);
}

}  // namespace
}  // namespace upkeep::serve
