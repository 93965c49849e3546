#include "deploy/serve/request_ids.hpp"

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

}  // namespace upkeep::serve
