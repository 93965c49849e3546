// Who asks, as the transport and the access rules know it.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace upkeep::serve {

struct Caller {
  std::string name;                                               // of its token or certificate; empty: anonymous
  std::string address;                                            // "127.0.0.1"; empty: not known
  std::string request_id;                                         // as the request's headers say it; empty: not said
  std::string traceparent;                                        // of W3C trace context; empty: not said
  std::shared_ptr<const std::atomic<bool>> gone;                  // becomes true when nobody waits any more; null: not told
  std::shared_ptr<const void> slot;                               // one of the requests that it may have at a time
  std::optional<std::chrono::steady_clock::time_point> deadline;  // an answer after it is of no use
};

}  // namespace upkeep::serve
