// Identifiers for requests that bring none: written as UUIDs, unique across threads, processes and restarts.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace upkeep::serve {

class RequestIds {
 public:
  RequestIds();
  std::string next();

 private:
  std::uint64_t process_;  // random
  std::atomic<std::uint64_t> count_;
};

// X-Request-Id, else "<trace>-<span>" of a W3C traceparent (a trace may hold many requests, its caller's span is one of them); "" where
// there is neither, or an id that is longer than 256 bytes or not printable ASCII.
std::string request_id(std::string_view x_request_id, std::string_view traceparent);

}  // namespace upkeep::serve
