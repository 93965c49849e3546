#include "serve/protocol/request_ids.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace upkeep::serve {

TEST(RequestIds, LookLikeUuids) {
  EXPECT_THAT(RequestIds().next(), testing::MatchesRegex("[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+"));
}

TEST(RequestIds, AreUniqueAcrossThreadsAndRestarts) {
  RequestIds first, second;
  std::vector<std::string> made(8000);
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 2000; ++i) made[t * 2000 + i] = (t < 2 ? first : second).next();
    });
  threads.clear();
  EXPECT_EQ(std::set<std::string>(made.begin(), made.end()).size(), made.size());
}

TEST(RequestIds, AreTakenFromHeaders) {
  const std::string_view trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  EXPECT_EQ(request_id("a/7", trace), "a/7");
  EXPECT_EQ(request_id("", trace), "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7");
  for (const std::string_view bad : {"", "00-4bf9-00f0-01", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"})
    EXPECT_EQ(request_id("", bad), "") << bad;
  EXPECT_EQ(request_id("two words", ""), "");
}

}  // namespace upkeep::serve
