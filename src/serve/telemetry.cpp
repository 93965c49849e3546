#include "serve/telemetry.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>

#include "runtime/session.hpp"
#include "serve/engine/memory.hpp"

namespace upkeep::serve {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

// Seconds. A tiny model takes tens of microseconds, a large one seconds.
static const Histogram::BucketBoundaries kBuckets{0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                  0.05,    0.1,    0.25,    0.5,    1,     2.5,    5,     10};

static const Histogram::BucketBoundaries kRowBuckets{1, 2, 4, 8, 16, 32, 64, 128, 256, 1024};

struct Telemetry::State {
  prometheus::Registry all;
  Family<Counter>& inferences =
      BuildCounter().Name("upkeep_inference_requests_total").Help("Inference requests by model, version and outcome").Register(all);
  Family<Histogram>& seconds =
      BuildHistogram().Name("upkeep_inference_duration_seconds").Help("Time of an inference request inside the server").Register(all);
  Family<Histogram>& queue_seconds =
      BuildHistogram().Name("upkeep_inference_queue_seconds").Help("Time that an inference request waited for its run").Register(all);
  Family<Histogram>& batch_rows =
      BuildHistogram().Name("upkeep_inference_batch_rows").Help("Rows of the run that a request was answered by").Register(all);
  Family<Gauge>& queues = BuildGauge().Name("upkeep_inference_queue_requests").Help("Requests that wait for a run now").Register(all);
  Family<Counter>& asides =
      BuildCounter().Name("upkeep_model_set_aside_total").Help("Sessions that left memory for the budget's sake").Register(all);
  Family<Gauge>& reachable = BuildGauge().Name("upkeep_registry_reachable").Help("1 while the registry can be read").Register(all);
  Family<Counter>& requests = BuildCounter().Name("upkeep_http_requests_total").Help("HTTP requests by endpoint and status").Register(all);
  Family<Gauge>& flying = BuildGauge().Name("upkeep_requests_in_flight").Help("HTTP requests being answered now").Register(all);
  Family<Gauge>& versions = BuildGauge().Name("upkeep_model_version").Help("The version that serves now").Register(all);
  Family<Counter>& reloads = BuildCounter().Name("upkeep_model_loads_total").Help("Versions loaded by model and result").Register(all);
  Family<Counter>& registry =
      BuildCounter().Name("upkeep_registry_errors_total").Help("Times that the registry could not be read").Register(all);
  Family<Counter>& log = BuildCounter()
                             .Name("upkeep_prediction_log_records_total")
                             .Help("Prediction log: records written, dropped by a full buffer, lost to errors")
                             .Register(all);
  Family<Counter>& files = BuildCounter()
                               .Name("upkeep_prediction_log_files_total")
                               .Help("Prediction log: files that compaction and expiry took away")
                               .Register(all);
  Family<Counter>& kept = BuildCounter()
                              .Name("upkeep_prediction_log_rounds_total")
                              .Help("Prediction log: rounds of compaction and expiry, and what of them failed")
                              .Register(all);
  Family<Gauge>& build = BuildGauge().Name("upkeep_build_info").Help("Versions of Upkeep and of ONNX Runtime").Register(all);
  Family<Gauge>& memory = BuildGauge().Name("process_resident_memory_bytes").Help("Resident memory size in bytes").Register(all);

  Gauge& in_flight = flying.Add({});
  Counter& registry_errors = registry.Add({});
  Counter& written = log.Add({{"result", "written"}});
  Counter& dropped = log.Add({{"result", "dropped"}});
  Counter& failed = log.Add({{"result", "failed"}});
  Counter& compacted = files.Add({{"by", "compaction"}});
  Counter& expired = files.Add({{"by", "expiry"}});
  Counter& rounds = kept.Add({{"result", "done"}});
  Counter& problems = kept.Add({{"result", "failed"}});
  Gauge& resident = memory.Add({});
  std::mutex mutex;  // of logged
  LogCounts logged;
};

void VersionMetrics::count(Outcome outcome, double seconds) {
  outcomes_[static_cast<std::size_t>(outcome)]->Increment();
  seconds_->Observe(seconds);
}

void VersionMetrics::count_run(double queue_seconds, std::int64_t batch_rows) {
  queue_seconds_->Observe(queue_seconds);
  batch_rows_->Observe(static_cast<double>(batch_rows));
}

Telemetry::Telemetry() : state_(std::make_unique<State>()) {
  state_->build.Add({{"version", UPKEEP_VERSION}, {"onnxruntime", runtime_version()}}).Set(1);
}

Telemetry::~Telemetry() = default;

VersionMetrics Telemetry::version(const std::string& model, std::int64_t version) {
  const prometheus::Labels labels{{"model", model}, {"version", std::to_string(version)}};
  VersionMetrics metrics;
  static constexpr std::array<const char*, 4> kOutcomes{"answered", "refused", "failed", "shed"};
  for (std::size_t i = 0; i < kOutcomes.size(); ++i) {
    prometheus::Labels with_outcome = labels;
    with_outcome["outcome"] = kOutcomes[i];
    metrics.outcomes_[i] = &state_->inferences.Add(with_outcome);
  }
  metrics.seconds_ = &state_->seconds.Add(labels, kBuckets);
  metrics.queue_seconds_ = &state_->queue_seconds.Add(labels, kBuckets);
  metrics.batch_rows_ = &state_->batch_rows.Add(labels, kRowBuckets);
  return metrics;
}

void Telemetry::request(const std::string& endpoint, int status) {
  state_->requests.Add({{"endpoint", endpoint}, {"code", std::to_string(status)}}).Increment();
}

void Telemetry::in_flight(int change) { state_->in_flight.Increment(change); }

void Telemetry::serving(const std::string& model, std::int64_t version) {
  state_->versions.Add({{"model", model}}).Set(static_cast<double>(version));
  state_->reloads.Add({{"model", model}, {"result", "loaded"}}).Increment();
}

void Telemetry::load_failed(const std::string& model) { state_->reloads.Add({{"model", model}, {"result", "failed"}}).Increment(); }

void Telemetry::set_aside(const std::string& model) { state_->asides.Add({{"model", model}}).Increment(); }

void Telemetry::waiting(const std::string& model, std::int64_t version, std::size_t requests) {
  state_->queues.Add({{"model", model}, {"version", std::to_string(version)}}).Set(static_cast<double>(requests));
}

void Telemetry::registry_reachable(bool is) { state_->reachable.Add({}).Set(is ? 1 : 0); }

void Telemetry::registry_failed() { state_->registry_errors.Increment(); }

void Telemetry::log(const LogCounts& so_far) {
  const std::lock_guard lock(state_->mutex);
  const auto grow = [&](Counter& counter, std::uint64_t LogCounts::* count) {
    if (so_far.*count <= state_->logged.*count) return;  // read before another thread's
    counter.Increment(static_cast<double>(so_far.*count - std::exchange(state_->logged.*count, so_far.*count)));
  };
  grow(state_->written, &LogCounts::written);
  grow(state_->dropped, &LogCounts::dropped);
  grow(state_->failed, &LogCounts::failed);
  grow(state_->compacted, &LogCounts::compacted);
  grow(state_->expired, &LogCounts::expired);
  grow(state_->rounds, &LogCounts::rounds);
  grow(state_->problems, &LogCounts::problems);
}

std::string Telemetry::text() const {
  state_->resident.Set(static_cast<double>(resident_memory()));
  return prometheus::TextSerializer().Serialize(state_->all.Collect());
}

}  // namespace upkeep::serve
