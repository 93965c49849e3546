#include "serve/engine/scheduler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>

namespace upkeep::serve {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

Tensors row(float value) { return {{"x", Tensor({1, 1}, std::vector<float>{value})}}; }

// A scheduler whose runs wait for `go`; it keeps the rows of each run.
class SchedulerTest : public testing::Test {
 protected:
  void make(const SchedulerOptions& options) {
    scheduler.emplace(options, [this](std::vector<Job> batch) {
      if (!begun.try_wait()) begun.count_down();
      go.wait();
      {
        const std::lock_guard lock(mutex);
        runs.emplace_back();
        for (const Job& job : batch) runs.back().push_back(job.inputs.at("x").floats()[0]);
      }
      const auto now = std::chrono::steady_clock::now();
      for (Job& job : batch) job.done({.outputs = Tensors(), .queued = job.queued, .begun = now});
    });
  }

  void start(const SchedulerOptions& options) {
    make(options);
    submit(0);  // keeps the thread busy
    begun.wait();
  }

  Answer<void> submit(float value, std::uint64_t priority = 0, SteadyTime start_by = SteadyTime::max(),
                      std::shared_ptr<const std::atomic<bool>> gone = nullptr) {
    Job job{
        .inputs = row(value), .priority = priority, .start_by = start_by, .gone = std::move(gone), .done = [this, value](JobResult result) {
          const std::lock_guard lock(mutex);
          if (!result.outputs) refused[value] = result.outputs.error().code;
          ended.notify_all();
          ++count;
        }};
    return scheduler->submit(job);
  }

  void finish(std::size_t jobs) {
    go.count_down();
    std::unique_lock lock(mutex);
    ASSERT_TRUE(ended.wait_for(lock, 20s, [&] { return count == jobs; }));
  }

  std::mutex mutex;
  std::condition_variable ended;
  std::latch begun{1}, go{1};
  std::vector<std::vector<float>> runs;
  std::map<float, RefusalCode> refused;
  std::size_t count = 0;
  std::optional<Scheduler> scheduler;  // ends first
};

TEST_F(SchedulerTest, PutsWhatWaitsIntoOneRunUpToItsRows) {
  start({.max_batch_rows = 3});
  for (int i = 1; i <= 5; ++i) EXPECT_TRUE(submit(static_cast<float>(i)));
  EXPECT_EQ(scheduler->waiting(), 5U);
  EXPECT_EQ(scheduler->running(), 1U);
  finish(6);
  EXPECT_THAT(runs, ElementsAre(ElementsAre(0), ElementsAre(1, 2, 3), ElementsAre(4, 5)));
}

TEST_F(SchedulerTest, MergesNothingByDefault) {
  start({});
  for (int i = 1; i <= 2; ++i) EXPECT_TRUE(submit(static_cast<float>(i)));
  finish(3);
  EXPECT_THAT(runs, ElementsAre(ElementsAre(0), ElementsAre(1), ElementsAre(2)));
}

TEST_F(SchedulerTest, TheMostUrgentGoFirst) {
  start({});
  submit(1), submit(2, 7), submit(3, 1), submit(4, 7);
  finish(5);
  EXPECT_THAT(runs, ElementsAre(ElementsAre(0), ElementsAre(3), ElementsAre(2), ElementsAre(4), ElementsAre(1)));
}

TEST_F(SchedulerTest, RefusesWhatIsBeyondTheQueue) {
  start({.max_queue = 2});
  EXPECT_TRUE(submit(1));
  EXPECT_TRUE(submit(2));
  EXPECT_EQ(submit(3).error().code, RefusalCode::kBusy);
  finish(3);
}

TEST_F(SchedulerTest, WhoHasGoneLeavesItsPlace) {
  start({.max_queue = 2});
  submit(1, 0, SteadyTime::max(), std::make_shared<std::atomic<bool>>(true)), submit(2);
  EXPECT_TRUE(submit(3));
  EXPECT_FALSE(submit(4));
  finish(4);
  EXPECT_EQ(refused, (std::map<float, RefusalCode>{{1, RefusalCode::kCancelled}}));
}

TEST_F(SchedulerTest, WhatWaitedTooLongOrHasNobodyWaitingIsNotRun) {
  start({.max_batch_rows = 8});
  auto gone = std::make_shared<std::atomic<bool>>(true);
  submit(1), submit(2, 0, std::chrono::steady_clock::now()), submit(3, 0, SteadyTime::max(), gone), submit(4);
  finish(5);
  EXPECT_THAT(runs, ElementsAre(ElementsAre(0), ElementsAre(1, 4)));
  EXPECT_EQ(refused, (std::map<float, RefusalCode>{{2, RefusalCode::kTimeout}, {3, RefusalCode::kCancelled}}));
}

TEST_F(SchedulerTest, ARunThatIsNotFullWaitsForMore) {
  go.count_down();
  make({.max_batch_rows = 2, .max_delay = 20s});
  submit(1);
  std::this_thread::sleep_for(20ms);
  submit(2);  // fills the run, which need not wait any longer
  std::unique_lock lock(mutex);
  ASSERT_TRUE(ended.wait_for(lock, 10s, [&] { return count == 2; }));
  EXPECT_THAT(runs, ElementsAre(ElementsAre(1, 2)));
}

TEST_F(SchedulerTest, StoppingRefusesWhatWaits) {
  start({});
  submit(1);
  std::jthread release([this] {
    std::this_thread::sleep_for(10ms);
    go.count_down();
  });
  scheduler->stop();
  EXPECT_EQ(refused, (std::map<float, RefusalCode>{{1, RefusalCode::kUnready}}));
  EXPECT_EQ(submit(2).error().code, RefusalCode::kUnready);
  EXPECT_EQ(count, 2U);
}

}  // namespace
}  // namespace upkeep::serve
