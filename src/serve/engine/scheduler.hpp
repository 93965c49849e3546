// Between codecs and a model: one bounded queue, batches formed from what waits, threads that run them. Threads that read from the network
// never run a model.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/session.hpp"
#include "serve/engine/steady_time.hpp"
#include "serve/protocol/refusal.hpp"

namespace upkeep::serve {

// What became of a job: its outputs or a refusal, and when what happened.
struct JobResult {
  Answer<Tensors> outputs;
  SteadyTime queued, begun, joined, ran, split;  // equal from where it was refused on
  std::int64_t batch_rows = 0;                   // of the run it was in
};

// Of a job that was refused at that time.
JobResult not_run(Refusal refusal, SteadyTime queued, SteadyTime at = steady_now());

struct Job {
  Tensors inputs;
  std::vector<std::string> wanted;  // outputs; empty: all
  std::int64_t rows = 1;
  bool alone = false;                             // not in a run with others
  std::uint64_t priority = 0;                     // 1 first, 0 last
  SteadyTime queued{};                            // set by submit()
  SteadyTime start_by = SteadyTime::max();        // refused when it has not begun by then
  std::shared_ptr<const std::atomic<bool>> gone;  // nobody waits any more; null: not told
  std::move_only_function<void(JobResult)> done;  // called once
};

struct SchedulerOptions {
  int instances = 1;                       // threads that run the model at once
  std::int64_t max_batch_rows = 1;         // of merged requests; 1: none are merged
  std::chrono::microseconds max_delay{0};  // how long a run that is not full waits for more
  std::size_t max_queue = 1000;            // requests
};

// What is meant by a setting: 0 is one for each core, shared by the threads of each run.
int instances_or_cores(int instances, int model_threads);

class Scheduler {
 public:
  // Runs jobs of one run: their `done` is called by it. Must not throw.
  using Work = std::function<void(std::vector<Job>)>;

  Scheduler(const SchedulerOptions& options, Work work);
  ~Scheduler();

  // Never waits. Refused (kBusy: the queue is full; kUnready: stopped), the job is untouched.
  Answer<void> submit(Job& job);
  // Jobs that wait are refused, those that run end; returns when the threads have. Not from a thread of its own.
  void stop();

  std::size_t waiting() const;
  std::size_t running() const;  // jobs

 private:
  Answer<void> enqueue(Job& job, std::vector<Job>& dropped);
  void start_thread();
  void serve();
  std::vector<Job> take(std::unique_lock<std::mutex>& lock, std::vector<Job>& dropped);
  void drop_late(std::deque<Job>& jobs, std::vector<Job>& dropped);
  void gather(std::vector<Job>& batch, std::int64_t& rows, std::vector<Job>& dropped);

  const SchedulerOptions options_;
  const Work work_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;                      // idle threads: there is work
  std::condition_variable more_;                      // a thread that has a run which is not full
  std::map<std::uint64_t, std::deque<Job>> waiting_;  // by priority, the most urgent first
  std::size_t count_ = 0;                             // in waiting_
  std::size_t running_ = 0;
  std::size_t idle_ = 0;              // threads
  std::vector<std::thread> threads_;  // started when there is work for them
  bool stopped_ = false;
};

}  // namespace upkeep::serve
