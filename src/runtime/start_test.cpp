#include "runtime/start.hpp"

#include <gtest/gtest.h>

#include "runtime/session.hpp"

namespace upkeep {

TEST(RuntimeStart, LeavesTheRuntimeToThoseWhoComeBeforeItIsReady) {
  const RuntimeStart start, again;
  EXPECT_FALSE(runtime_version().empty());
  EXPECT_THROW(Session(Model{}), Error);
}

}  // namespace upkeep
