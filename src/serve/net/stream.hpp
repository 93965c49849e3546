// What a protocol sees of one client's connection: a stream of bytes, plain or over TLS, and what the listener asks of what speaks on it.
// No socket and no Boost.Asio in it.
//
// A stream runs one step at a time, on any of the listener's threads. All of a ProtocolSession and of a Stream, but for post(), dispatch()
// and what is const here, happens in such a step; callbacks are such steps.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace upkeep::serve {

struct Peer {
  std::string address;  // "127.0.0.1", "::1"
  std::uint16_t port = 0;
  bool secure = false;      // TLS
  std::string certificate;  // the name in the client's certificate, which was verified; "" without one
};

class Stream {
 public:
  using Step = std::move_only_function<void()>;
  using Received = std::move_only_function<void(std::size_t count)>;  // 0: nothing more comes
  using Sent = std::move_only_function<void(bool whole)>;             // false: the stream is broken

  virtual ~Stream() = default;

  // At most one receive() and one send() at a time; what they read into or write from lives until their callback, which keeps the
  // session (and this stream) alive. Callbacks never run before the call returns.
  virtual void receive(std::span<char> into, Received done) = 0;
  virtual void send(std::span<const std::string_view> parts, Sent done) = 0;  // all of them, at most 64
  virtual void end() = 0;                                                     // nothing more is sent; what comes is still received
  virtual void close() = 0;                                                   // what is under way ends with 0 or false

  virtual void post(Step step) = 0;      // any thread: later
  virtual void dispatch(Step step) = 0;  // any thread: now, where the thread is in a step of this stream already

  virtual const Peer& peer() const = 0;
  virtual bool winding_down() const = 0;         // any thread: the listener wants connections to end when they can
  virtual std::uint64_t sent_bytes() const = 0;  // so far: grows while a long send() goes on
  virtual bool has_unread() const = 0;           // bytes have come that were not received yet

  // Says whether a request is being served. An idle connection is closed when others need its descriptor: those that never asked
  // anything first, then those that have been idle the longest.
  virtual void set_busy(bool busy) = 0;
};

// What speaks on a stream: HTTP/1.1, HTTP/2. It lives as long as its callbacks do.
class ProtocolSession {
 public:
  virtual ~ProtocolSession() = default;
  virtual void start(std::string_view received) = 0;  // once; with the bytes that were read to tell the protocol
  virtual void wind_down() = 0;                       // winding_down() has become true: say so to the client where the protocol can
  virtual void close_if_idle() = 0;                   // unless a request is under way or on its way
  virtual void tick() = 0;                            // once a second: close what has been silent for too long
};

using SessionMaker = std::function<std::shared_ptr<ProtocolSession>(std::shared_ptr<Stream> stream)>;

// Who speaks what. A connection is HTTP/2 where its client chose "h2" by ALPN or begins with the preface of HTTP/2.
struct Protocols {
  SessionMaker http1;
  SessionMaker http2 = {};  // none: not offered
};

}  // namespace upkeep::serve
