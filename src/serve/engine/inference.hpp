// The one way in for inferences of every protocol: checked, queued, run, counted, logged, and answered.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "serve/engine/recent_errors.hpp"
#include "serve/engine/served_version.hpp"
#include "serve/protocol/caller.hpp"
#include "serve/protocol/infer.hpp"
#include "serve/protocol/request_ids.hpp"
#include "serve/tracing/traces.hpp"
#include "upkeep/prediction_log.hpp"

namespace upkeep::serve {

using InferDone = std::move_only_function<void(Answer<InferAnswer>)>;

class Inference {
 public:
  // `log` null: predictions are not logged. `most_queued_bytes`: of the inputs of all requests that are not answered yet.
  // `traces` null: requests are not traced.
  explicit Inference(PredictionLog* log, std::size_t most_queued_bytes = std::size_t{1} << 30, Traces* traces = nullptr);

  // Any thread, never waits for a model. `done` is called once, from any thread, perhaps before this returns.
  void start(std::shared_ptr<const ServedVersion> version, InferRequest request, const Caller& caller, InferDone done);
  // Counts and logs a request that its codec could not read, and gives the refusal back.
  Refusal refused(const ServedVersion& version, std::string id, const Caller& caller, Refusal refusal);

  const RecentErrors& errors() const { return errors_; }
  std::size_t queued_bytes() const { return queued_bytes_.load(); }

 private:
  struct Task;
  void finish(Task& task, JobResult result);
  void trace(const Task& task, const JobResult& result) const;
  void account(const ServedVersion& version, const JobResult& result, SteadyTime arrived, std::int64_t rows) const;
  void note_refusal(const ServedVersion& version, const std::string& id, const Refusal& refusal);
  std::string id_of(std::string given, const Caller& caller);

  PredictionLog* log_;
  Traces* traces_;
  const std::size_t most_queued_bytes_;
  std::atomic<std::size_t> queued_bytes_{0};
  RequestIds ids_;
  RecentErrors errors_;
};

// The `count` highest of each row's scores as Triton's classification extension has them: BYTES "score:index" or "score:index:class",
// shape [rows, count], or [count] of an output without rows. Refuses what is not numbers.
Answer<Tensor> classified(const Tensor& scores, int count, const std::vector<std::string>& classes);

}  // namespace upkeep::serve
