#include "serve/engine/recent_errors.hpp"

#include <gtest/gtest.h>

namespace upkeep::serve {
namespace {

TEST(RecentErrors, KeepsTheNewestFirst) {
  RecentErrors errors;
  for (int i = 0; i < 150; ++i) errors.add({.status = i});
  const std::vector<RecentError> list = errors.list();
  ASSERT_EQ(list.size(), RecentErrors::kKept);
  EXPECT_EQ(list.front().status, 149);
  EXPECT_EQ(list.back().status, 50);
}

}  // namespace
}  // namespace upkeep::serve
