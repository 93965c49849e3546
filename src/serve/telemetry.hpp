// What a server counts, as Prometheus reads it. All methods may be called from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace upkeep::serve {

// refused: the request was wrong; failed: the server or the model was; shed: a queue was full, or nobody waited any more
enum class Outcome { kAnswered, kRefused, kFailed, kShed };

// Of one version of one model; found once, when it is loaded. Lives as long as the Telemetry.
class VersionMetrics {
 public:
  void count(Outcome outcome, double seconds);
  // An answered request: how long it waited for its run, and how many rows that had.
  void count_run(double queue_seconds, std::int64_t batch_rows);

 private:
  friend class Telemetry;
  std::array<prometheus::Counter*, 4> outcomes_{};
  prometheus::Histogram* seconds_ = nullptr;
  prometheus::Histogram* queue_seconds_ = nullptr;
  prometheus::Histogram* batch_rows_ = nullptr;
};

struct LogCounts {
  std::uint64_t written = 0, dropped = 0, failed = 0;                  // records
  std::uint64_t rounds = 0, compacted = 0, expired = 0, problems = 0;  // of compaction and expiry: compacted and expired are files
};

class Telemetry {
 public:
  Telemetry();
  ~Telemetry();

  VersionMetrics version(const std::string& model, std::int64_t version);
  void request(const std::string& endpoint, int status);
  void in_flight(int change);
  void serving(const std::string& model, std::int64_t version);  // a version was loaded and serves now
  void load_failed(const std::string& model);
  void set_aside(const std::string& model);  // a session left memory
  void waiting(const std::string& model, std::int64_t version, std::size_t requests);
  void registry_failed();
  void registry_reachable(bool is);
  void log(const LogCounts& so_far);

  std::string text() const;  // the text format 0.0.4

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace upkeep::serve
