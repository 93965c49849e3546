// Traces of inferences, sent to a collector of OpenTelemetry as OTLP over HTTP in JSON (docs/decisions/0033-otlp-in-json.md). A request
// never waits for them: they are sent by a thread of their own, in batches, and what does not fit in its buffer is dropped and counted.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "serve/engine/steady_time.hpp"
#include "serve/tracing/trace_context.hpp"

namespace upkeep::serve {

struct TraceOptions {
  std::string endpoint;  // of the collector: "http://localhost:4318"
  double ratio = 1;      // of requests whose callers say nothing, [0, 1]; callers that sample are followed
  std::size_t most_waiting = 4096;
};

// An inference, from its arrival to its answer.
struct InferenceTrace {
  TraceContext context;
  std::string model, version, request_id;
  SteadyTime arrived, queued, begun, joined, ran, answered;
  std::int64_t batch_rows = 0;
  std::string error;  // "" answered
};

class Traces {
 public:
  // Throws Error{kInvalidArgument}: no such address.
  explicit Traces(TraceOptions options);
  ~Traces();  // sends what waits, for two seconds at most

  // The context of a request with this header; nothing: it is not sampled. Any thread.
  std::optional<TraceContext> sample(std::string_view traceparent);
  void add(InferenceTrace trace);  // any thread

  std::uint64_t dropped() const;

 private:
  void run();
  void send(const std::vector<InferenceTrace>& traces);

  const TraceOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<InferenceTrace> waiting_;
  std::uint64_t dropped_ = 0;
  bool stop_ = false;
  bool away_ = false;  // the collector: said once
  std::thread thread_;
};

// The body of a request to /v1/traces. `ids`: a new span's id at each call; `steady` and `unix_ns` are one moment.
std::string otlp_json(const std::vector<InferenceTrace>& traces, SteadyTime steady, std::int64_t unix_ns,
                      const std::function<std::uint64_t()>& ids);

}  // namespace upkeep::serve
