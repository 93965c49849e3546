#include "serve/engine/background.hpp"

#include <gtest/gtest.h>

#include <latch>

namespace upkeep::serve {
namespace {

TEST(Background, WorksOnSeveralThingsAtOnceAndEndsCleanly) {
  std::latch both(2), done(3);
  Background background(2);
  for (int i = 0; i < 2; ++i)
    background.post([&] {
      both.arrive_and_wait();  // two threads meet here
      done.count_down();
    });
  background.post([&] { done.count_down(); });
  done.wait();
}

TEST(Background, EndsThoughWorkWaits) {
  auto held = std::make_shared<int>(1);
  std::latch running(1), go(1);
  std::optional<Background> background(std::in_place, 1);
  background->post([&] {
    running.count_down();
    go.wait();
  });
  background->post([held] {});
  running.wait();
  std::jthread later([&] { go.count_down(); });
  background.reset();
  EXPECT_EQ(held.use_count(), 1);  // run or dropped, it holds nothing any more
}

}  // namespace
}  // namespace upkeep::serve
