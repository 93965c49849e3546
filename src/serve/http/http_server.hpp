// HTTP/1.1 over Boost.Beast: keep-alive, pipelining, chunked bodies, Expect: 100-continue. The only folder that sees Boost.Asio and Beast.
//
// The handler runs on the server's threads; whichever is free takes what comes next, from any connection. What a client sends is bounded
// before memory is spent: headers, body, time for a request, number of connections.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "serve/http/message.hpp"

namespace upkeep::serve {

struct HttpServerOptions {
  std::string address = "127.0.0.1";  // or a host name
  std::uint16_t port = 0;             // 0: any free one
  int threads = 2;
  std::size_t max_body_bytes = std::size_t{64} << 20;
  std::size_t max_header_bytes = std::size_t{64} << 10;
  std::size_t max_connections = 10'000;
  std::chrono::seconds idle_timeout{75};    // between two requests of one connection
  std::chrono::seconds header_timeout{10};  // from the first byte of a request to the end of its headers
  std::chrono::seconds stall_timeout{30};   // without progress while a body comes in or a response goes out
};

class HttpServer {
 public:
  // Listens and answers from now on. Throws Error{kAlreadyExists}: the port is in use; {kInvalidArgument}: no such address; {kIo}.
  HttpServer(const HttpServerOptions& options, HttpHandler handler);
  ~HttpServer();  // drops what is still open
  std::uint16_t port() const;

  // Every response from now on ends its connection.
  void end_keep_alive();
  // No new connections; requests that are here, or on their way, are answered; returns when the last connection is closed (true) or after
  // `at_most` (false).
  bool drain(std::chrono::milliseconds at_most);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace upkeep::serve
