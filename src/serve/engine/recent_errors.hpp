// The last requests that were not answered as asked, for whoever looks at the server. Any thread.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace upkeep::serve {

struct RecentError {
  TimePoint time{};
  std::string model, version;
  std::string request_id;
  int status = 0;  // as HTTP has it
  std::string message;
};

class RecentErrors {
 public:
  static constexpr std::size_t kKept = 100;
  void add(RecentError error);
  std::vector<RecentError> list() const;  // the newest first

 private:
  mutable std::mutex mutex_;
  std::deque<RecentError> errors_;
};

}  // namespace upkeep::serve
