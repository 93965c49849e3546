// HTTP/1.1 on a stream: keep-alive, pipelining, chunked bodies, Expect: 100-continue.
//
// What a client sends is bounded before memory is spent: head, body, time for each, chunk extensions. What RFC 9112 lets a server read in
// two ways is refused (head.hpp), and the connection ends.
#pragma once

#include <chrono>
#include <cstddef>

#include "serve/http/message.hpp"
#include "serve/net/stream.hpp"

namespace upkeep::serve {

struct HttpOptions {
  std::size_t max_body_bytes = std::size_t{64} << 20;
  std::size_t max_header_bytes = std::size_t{64} << 10;
  std::chrono::seconds idle_timeout{75};    // between two requests of one connection
  std::chrono::seconds header_timeout{10};  // from the first byte of a request to the end of its headers
  std::chrono::seconds stall_timeout{30};   // without progress while a body comes in or a response goes out
  std::size_t min_bytes_per_s = 1024;       // of a body that comes in or a response that goes out, after stall_timeout
};

// For Protocols::http1. The handler runs on the listener's threads.
SessionMaker http1(const HttpOptions& options, HttpHandler handler);

}  // namespace upkeep::serve
