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

enum class Outcome { kAnswered, kRefused, kFailed };  // refused: the request was wrong; failed: we were

// Of one version of one model; found once, when it is loaded. Lives as long as the Telemetry.
class VersionMetrics {
 public:
  void count(Outcome outcome, double seconds);

 private:
  friend class Telemetry;
  std::array<prometheus::Counter*, 3> outcomes_{};
  prometheus::Histogram* seconds_ = nullptr;
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
  void registry_failed();
  void log(const LogCounts& so_far);

  std::string text() const;  // the text format 0.0.4

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace upkeep::serve
