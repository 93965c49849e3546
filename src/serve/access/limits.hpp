// Rates and counts of callers. All methods may be called from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <expected>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace upkeep::serve {

class CallerLimits {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Slot = std::shared_ptr<const void>;  // counts as one request while it lives
  struct Exceeded {
    std::string what;  // "200 requests per second"
    int retry_after_s = 1;
  };

  // One request of `caller` now. A rate lets through what it allows for a second at once, then evenly. 0: no limit of that kind.
  std::expected<Slot, Exceeded> take(const std::string& caller, double requests_per_s, int concurrent, Time now);

 private:
  struct Use {
    double saved = 0;  // requests that may come now
    Time at;           // when that was so
    std::shared_ptr<std::atomic<int>> running = std::make_shared<std::atomic<int>>(0);
  };
  void forget_the_idle(Time now);

  std::mutex mutex_;
  std::unordered_map<std::string, Use> uses_;
  Time forgot_{};
};

}  // namespace upkeep::serve
