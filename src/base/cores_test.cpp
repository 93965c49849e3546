#include "base/cores.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <stdexcept>
#include <vector>

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

TEST(InParallel, NamesTheFirstOfSeveralProblems) {
  for (int threads : {1, 4}) {
    try {
      in_parallel(
          50,
          [](std::size_t i) {
            if (i >= 7) throw static_cast<int>(i);
          },
          threads);
      FAIL();
    } catch (int problem) {
      EXPECT_EQ(problem, 7);
    }
  }
}

TEST(InParallel, DoesEachPieceOnceAndHandsOnWhatIsThrown) {
  std::vector<std::atomic<int>> done(100);
  in_parallel(done.size(), [&](std::size_t i) { ++done[i]; });
  for (const auto& count : done) EXPECT_EQ(count, 1);
  in_parallel(0, [](std::size_t) { FAIL(); });
  EXPECT_THROW(in_parallel(8,
                           [](std::size_t i) {
                             if (i == 3) throw std::runtime_error("three");
                           }),
               std::runtime_error);
}

}  // namespace upkeep
