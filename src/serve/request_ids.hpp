// Identifiers for requests that bring none: written as UUIDs, unique across threads, processes and restarts.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "serve/http/message.hpp"

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
// the headers have neither, or an id that is longer than 256 bytes or no printable ASCII.
std::string id_of_headers(const HttpRequest& request);

}  // namespace upkeep::serve
