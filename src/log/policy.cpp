#include "log/policy.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/format.hpp"
#include "base/progress.hpp"
#include "log/log_files.hpp"
#include "log/retention.hpp"
#include "upkeep/error.hpp"

namespace upkeep {

namespace {

constexpr std::chrono::hours kExpiryOnly{1};

void keep_model(const LogPolicy& policy, const std::string& model, TimePoint now, LogRounds& rounds) {
  if (policy.keep.count() > 0) rounds.expired_files += static_cast<std::uint64_t>(expire_log(policy.folder, model, now - policy.keep));
  if (policy.compact_every.count() == 0) return;
  const Compaction done = compact_log(policy.folder, model);
  rounds.compacted_files += static_cast<std::uint64_t>(done.files_before - done.files_after);
}

}  // namespace

void keep_log(const LogPolicy& policy, TimePoint now, LogRounds& rounds, const std::stop_token& stop) {
  ++rounds.rounds;
  rounds.problems.clear();
  const auto failed = [&](const std::string& what) {
    ++rounds.failures;
    rounds.problems.push_back(what);
  };
  std::vector<std::string> models;
  try {
    models = logged_models(policy.folder);
  } catch (const std::exception& error) {
    failed(error.what());
  }
  for (const std::string& model : models) {
    if (stop.stop_requested()) return;
    try {
      keep_model(policy, model, now, rounds);
    } catch (const Error& error) {
      const bool elsewhere = error.code() == ErrorCode::kFailedPrecondition;  // another process is at it
      const bool empty = error.code() == ErrorCode::kNotFound;                // all of it has expired
      if (!elsewhere && !empty) failed(upkeep::format("{}: {}", model, error.what()));
    } catch (const std::exception& error) {
      failed(upkeep::format("{}: {}", model, error.what()));
    }
  }
}

struct LogKeeper::State {
  LogPolicy policy;
  mutable std::mutex mutex;  // of rounds
  std::condition_variable_any wake;
  LogRounds rounds;
  std::jthread thread;  // ends first

  void run(const std::stop_token& stop) {
    const std::chrono::seconds every = policy.compact_every.count() > 0 ? policy.compact_every : std::chrono::seconds(kExpiryOnly);
    std::unique_lock lock(mutex);
    while (true) {
      wake.wait_for(lock, stop, every, [] { return false; });
      if (stop.stop_requested()) return;
      LogRounds so_far = rounds;
      lock.unlock();
      keep_log(policy, system_clock().now(), so_far, stop);
      for (const std::string& problem : so_far.problems) note("the prediction log could not be compacted or expired: " + problem);
      lock.lock();
      rounds = std::move(so_far);
    }
  }
};

LogKeeper::LogKeeper(const LogPolicy& policy) : state_(std::make_unique<State>()) {
  state_->policy = policy;
  if (policy.compact_every.count() == 0 && policy.keep.count() == 0) return;
  state_->thread = std::jthread([state = state_.get()](const std::stop_token& stop) { state->run(stop); });
}

LogKeeper::~LogKeeper() = default;

LogRounds LogKeeper::rounds() const {
  const std::lock_guard lock(state_->mutex);
  return state_->rounds;
}

}  // namespace upkeep
