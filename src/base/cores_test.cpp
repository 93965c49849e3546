#include "base/cores.hpp"

#include <gtest/gtest.h>
#include <sched.h>

namespace upkeep {

TEST(Cores, AreThoseThatTheProcessMayUse) {
  cpu_set_t allowed;
  ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  EXPECT_EQ(cores(), CPU_COUNT(&allowed));
}

TEST(Cores, AreMeantByNoThreads) {
  EXPECT_EQ(threads_or_cores(0), cores());
  EXPECT_EQ(threads_or_cores(3), 3);
}

}  // namespace upkeep
