// Identifiers for requests that bring none: written as UUIDs, unique across threads, processes and restarts.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace upkeep::serve {

class RequestIds {
 public:
  RequestIds();
  std::string next();

 private:
  std::uint64_t process_;  // random
  std::atomic<std::uint64_t> count_;
};

}  // namespace upkeep::serve
