// Ports, the threads behind them, and the connections that come in: how many there may be, which are closed when descriptors run short,
// how all of them end. What is spoken on a connection is told by its first bytes (or by TLS), so every port speaks every protocol.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "serve/net/stream.hpp"
#include "serve/net/tls_files.hpp"

namespace upkeep::serve {

struct ListenAddress {
  std::string address = "127.0.0.1";  // or a host name
  std::uint16_t port = 0;             // 0: any free one
};

struct ListenerOptions {
  std::vector<ListenAddress> addresses = {{}};
  int threads = 2;
  std::size_t max_connections = 10'000;        // fewer where the process may have fewer file descriptors
  std::chrono::seconds handshake_timeout{10};  // of TLS
  std::chrono::seconds first_byte_timeout{75};
  std::optional<TlsFiles> tls = {};
  std::function<void()> every_second = {};  // on a thread of the listener, for what is read again
};

class Listener {
 public:
  // Listens and answers from now on. Throws Error{kAlreadyExists}: a port is in use; {kInvalidArgument}: no such address, TLS files that
  // do not fit; {kIo}.
  Listener(const ListenerOptions& options, Protocols protocols);

  ~Listener();  // drops what is still open; an answer that comes later goes nowhere

  std::uint16_t port(std::size_t address = 0) const;  // of options.addresses[address]
  std::size_t connections() const;

  // Every connection ends when it can, from now on; new ones are still taken.
  void wind_down();
  // No new connections; requests that are here, or on their way, are answered; returns when the last connection is closed (true) or after
  // `at_most` (false).
  bool drain(std::chrono::milliseconds at_most);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace upkeep::serve
