// Time comes in through here, so that tests can hold the clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace upkeep {

using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
};
const Clock& system_clock();

// A clock that stands still until told.
class ManualClock : public Clock {
 public:
  explicit ManualClock(TimePoint start) : now_(start) {}
  TimePoint now() const override { return now_; }
  void advance(std::chrono::microseconds by) { now_ += by; }

 private:
  TimePoint now_;
};

std::string to_iso8601(TimePoint time);  // "2026-01-31T12:00:00.123456Z"
// A date (its first moment in UTC), or a date and a time of day with its offset: "2026-01-31T14:00+02:00". What is finer than microseconds
// is cut off. Throws Error{kInvalidArgument}, of a time without an offset too.
TimePoint time_from_iso8601(std::string_view text);

// Monotonic seconds since construction.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace upkeep
