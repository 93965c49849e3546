#include "serve/engine/scheduler.hpp"

#include <algorithm>
#include <limits>

#include "base/cores.hpp"
#include "base/format.hpp"
#include "serve/engine/batching.hpp"

namespace upkeep::serve {

JobResult not_run(Refusal refusal, SteadyTime queued, SteadyTime at) {
  return {.outputs = std::unexpected(std::move(refusal)), .queued = queued, .begun = at, .joined = at, .ran = at, .split = at};
}

int instances_or_cores(int instances, int model_threads) {
  return instances > 0 ? instances : std::max(1, cores() / std::max(1, model_threads));
}

static void refuse_job(Job job, RefusalCode code, const char* message) {
  job.done(not_run({.code = code, .message = message}, job.queued));
}

static void refuse_dropped(std::vector<Job>& dropped) {
  for (Job& job : dropped) {
    const bool gone = job.gone && job.gone->load();
    refuse_job(std::move(job), gone ? RefusalCode::kCancelled : RefusalCode::kTimeout,
               gone ? "the caller has gone" : "the request waited for longer than its timeout");
  }
  dropped.clear();
}

static bool is_late(const Job& job) { return job.start_by < steady_now() || (job.gone && job.gone->load()); }

Scheduler::Scheduler(const SchedulerOptions& options, Work work) : options_(options), work_(std::move(work)) {}

Scheduler::~Scheduler() { stop(); }

Answer<void> Scheduler::submit(Job& job) {
  std::vector<Job> dropped;
  Answer<void> taken = enqueue(job, dropped);
  refuse_dropped(dropped);
  return taken;
}

Answer<void> Scheduler::enqueue(Job& job, std::vector<Job>& dropped) {
  const std::lock_guard lock(mutex_);
  if (count_ >= options_.max_queue)  // whoever has gone, or is too late, leaves a place
    for (auto& [_, jobs] : waiting_)
      for (auto one = jobs.begin(); one != jobs.end();) {
        if (!is_late(*one)) {
          ++one;
          continue;
        }
        dropped.push_back(std::move(*one));
        one = jobs.erase(one);
        --count_;
      }
  if (stopped_) return refuse(RefusalCode::kUnready, "the version is being taken away");
  if (count_ >= options_.max_queue) return refuse(RefusalCode::kBusy, upkeep::format("the queue is full: {} requests wait", count_));
  job.queued = steady_now();
  // 0 is the protocol's default, behind every stated priority.
  waiting_[job.priority == 0 ? std::numeric_limits<std::uint64_t>::max() : job.priority].push_back(std::move(job));
  ++count_;
  if (idle_ < count_ && threads_.size() < static_cast<std::size_t>(options_.instances)) start_thread();
  wake_.notify_one();
  if (options_.max_delay.count() > 0) more_.notify_all();
  return {};
}

void Scheduler::start_thread() {
  threads_.emplace_back([this] { serve(); });
}

void Scheduler::stop() {
  std::vector<std::thread> threads;
  std::map<std::uint64_t, std::deque<Job>> left;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    threads.swap(threads_);
    left.swap(waiting_);
    count_ = 0;
  }
  wake_.notify_all();
  more_.notify_all();
  for (auto& [_, jobs] : left)
    for (Job& job : jobs) refuse_job(std::move(job), RefusalCode::kUnready, "the version is being taken away");
  for (std::thread& thread : threads) thread.join();
}

std::size_t Scheduler::waiting() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::size_t Scheduler::running() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

// Takes what is not worth a run out of the queue.
void Scheduler::drop_late(std::deque<Job>& jobs, std::vector<Job>& dropped) {
  while (!jobs.empty() && is_late(jobs.front())) {
    dropped.push_back(std::move(jobs.front()));
    jobs.pop_front();
    --count_;
  }
}

// Adds waiting jobs that may share the run, in their order, until it is full.
void Scheduler::gather(std::vector<Job>& batch, std::int64_t& rows, std::vector<Job>& dropped) {
  for (auto& [_, jobs] : waiting_) {
    for (auto job = jobs.begin(); job != jobs.end() && rows < options_.max_batch_rows;) {
      const bool late = is_late(*job);
      const bool joins = !late && !job->alone && job->rows > 0 && rows + job->rows <= options_.max_batch_rows &&
                         job->wanted == batch.front().wanted && may_share_a_run(job->inputs, batch.front().inputs);
      if (!late && !joins) {
        ++job;
        continue;
      }
      if (joins) rows += job->rows;
      (late ? dropped : batch).push_back(std::move(*job));
      job = jobs.erase(job);
      --count_;
    }
  }
}

// The next run; empty when everything that waited was too late.
std::vector<Job> Scheduler::take(std::unique_lock<std::mutex>& lock, std::vector<Job>& dropped) {
  std::vector<Job> batch;
  for (auto& [_, jobs] : waiting_) {
    drop_late(jobs, dropped);
    if (jobs.empty()) continue;
    batch.push_back(std::move(jobs.front()));
    jobs.pop_front();
    --count_;
    break;
  }
  std::erase_if(waiting_, [](const auto& level) { return level.second.empty(); });
  if (batch.empty()) return batch;
  ++running_;
  std::int64_t rows = batch.front().rows;
  if (options_.max_batch_rows > 1 && rows > 0 && !batch.front().alone) {
    const SteadyTime until = batch.front().queued + options_.max_delay;
    gather(batch, rows, dropped);
    while (rows < options_.max_batch_rows && !stopped_ && steady_now() < until && more_.wait_until(lock, until) != std::cv_status::timeout)
      gather(batch, rows, dropped);
    if (options_.max_delay.count() > 0) gather(batch, rows, dropped);
  }
  running_ += batch.size() - 1;
  return batch;
}

void Scheduler::serve() {
  std::unique_lock lock(mutex_);
  std::vector<Job> dropped;
  while (true) {
    ++idle_;
    wake_.wait(lock, [this] { return stopped_ || count_ > 0; });
    --idle_;
    if (stopped_) return;
    std::vector<Job> batch = take(lock, dropped);
    const std::size_t jobs = batch.size();
    lock.unlock();
    refuse_dropped(dropped);
    if (jobs > 0) work_(std::move(batch));
    lock.lock();
    running_ -= jobs;
  }
}

}  // namespace upkeep::serve
