// A version that answers requests: what it reads and gives, its queue, and its session, which a memory budget may take away for a while.
// All methods may be called from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "registry/registry.hpp"
#include "runtime/session.hpp"
#include "serve/engine/batching.hpp"
#include "serve/engine/scheduler.hpp"
#include "serve/telemetry.hpp"
#include "upkeep/signature.hpp"

namespace upkeep::serve {

// Sums of one version, as the protocol's statistics extension wants them. Times are nanoseconds, each request counted whole.
struct Counters {
  std::atomic<std::uint64_t> answered{0}, answered_ns{0};
  std::atomic<std::uint64_t> failed{0}, failed_ns{0};
  std::atomic<std::uint64_t> queue_ns{0}, input_ns{0}, infer_ns{0}, output_ns{0};
  std::atomic<std::uint64_t> rows{0}, runs{0}, run_ns{0};
  std::atomic<std::int64_t> last_ms{0};  // since 1970
};

// Runs of one size.
struct BatchCount {
  std::uint64_t runs = 0, input_ns = 0, infer_ns = 0, output_ns = 0;
};

struct VersionOptions {
  int threads = 1;  // of ONNX Runtime, within one run
  SchedulerOptions scheduler = {.instances = 1, .max_batch_rows = 64};
};

class ServedVersion {
 public:
  struct Loaded {
    std::shared_ptr<const Session> session;
    std::size_t bytes = 0;  // of memory that it takes, as measured
    Tensors sample = {};    // rows of the reference; none: not known
  };
  // Makes a session, warmed up; on the thread that needs it. Throws Error.
  using Loader = std::function<Loaded()>;

  ServedVersion(ModelVersion version, const Model& model, Loaded loaded, Loader reload, const VersionOptions& options,
                VersionMetrics metrics);
  ~ServedVersion();

  const std::string& name() const { return version_.model; }
  std::int64_t version() const { return version_.version; }
  const std::string& version_text() const { return version_text_; }
  const std::string& artifact() const { return version_.artifact; }  // SHA-256 of its file
  const std::vector<TensorSpec>& inputs() const { return inputs_; }
  const std::vector<TensorSpec>& outputs() const { return outputs_; }
  const std::shared_ptr<const Signature>& signature() const { return signature_; }
  const Batching& batching() const { return batching_; }
  const VersionOptions& options() const { return options_; }
  Counters& counters() const { return counters_; }
  VersionMetrics& metrics() const { return metrics_; }
  std::map<std::int64_t, BatchCount> batch_counts() const;  // by rows of a run

  // Never waits. Refused, the job is untouched. The job's inputs fit (protocol/infer.hpp).
  Answer<void> submit(Job& job) const;
  std::size_t waiting() const { return scheduler_->waiting(); }
  std::size_t running() const { return scheduler_->running(); }
  void stop() const { scheduler_->stop(); }  // not from a job's `done`

  std::shared_ptr<const Session> session() const;  // loads it where it is away; throws Error
  std::size_t resident_bytes() const;              // 0 while the session is away
  SteadyTime last_used() const;
  // Gives the session's memory back until the next job needs it. False: jobs wait or run.
  bool set_aside() const;

 private:
  void run(std::vector<Job> batch) const;
  void run_alone(Job job, const Session& session, SteadyTime begun) const;
  void run_together(std::vector<Job> batch, const Session& session, SteadyTime begun) const;
  void count_run(std::int64_t rows, SteadyTime begun, SteadyTime joined, SteadyTime ran, SteadyTime split) const;

  const ModelVersion version_;
  const std::string version_text_;
  const VersionOptions options_;
  const Loader reload_;
  const std::vector<TensorSpec> inputs_, outputs_;
  const std::shared_ptr<const Signature> signature_;
  Batching batching_;
  mutable Counters counters_;
  mutable VersionMetrics metrics_;
  mutable std::mutex mutex_;  // of what follows
  mutable Loaded loaded_;
  mutable std::map<std::int64_t, BatchCount> batch_counts_;
  mutable std::mutex loading_;  // one load at a time
  mutable std::atomic<std::int64_t> last_used_{0};
  mutable std::unique_ptr<Scheduler> scheduler_;  // ends first: its threads use the rest
};

// A session that has run once on zeros, so that the first request does not pay for it. Throws Error when the model cannot be loaded, or
// cannot be run though every dimension but the first is known.
std::shared_ptr<const Session> warm_session(const Model& model, int threads);

}  // namespace upkeep::serve
