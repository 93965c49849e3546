// One HTTP/2 connection (RFC 9113), the server's side, as a state machine over nghttp2: bytes in -> what streams' owners are told; what
// they answer -> bytes out. No socket, no thread, no timer: `receive`, `output` and `tick` are called by whoever has them. Not for several
// threads at once; an answer that is made elsewhere comes back by Http2Owner::post.
//
// What a client may cost is bounded: streams, header bytes, bytes held for all its streams, and how often it may reset, ping, change
// settings or send nothing at length. A client that does more is told ENHANCE_YOUR_CALM, and the connection ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "serve/net/stream.hpp"

namespace upkeep::serve {

struct Http2Limits {
  std::uint32_t max_streams = 100;                       // open at the same time
  std::size_t max_header_bytes = std::size_t{16} << 10;  // of one request: names, values, and 32 for each pair (RFC 9113, 6.5.2)
  std::size_t max_held_bytes = std::size_t{256}
                               << 20;  // of one connection: of requests that are not answered, of answers that are not sent
  std::uint32_t stream_window = std::uint32_t{4} << 20;  // bytes of a body that may be on their way
  std::uint32_t connection_window = std::uint32_t{16} << 20;
  std::chrono::seconds header_timeout{10};  // from the first byte of a request's headers to their last
  std::chrono::seconds stall_timeout{30};   // without progress while a body comes in or an answer goes out
};

// Error codes of RFC 9113, section 7, that we send.
enum class Http2Error : std::uint32_t { kNone = 0, kProtocol = 1, kInternal = 2, kRefusedStream = 7, kCancel = 8, kEnhanceYourCalm = 11 };

using Http2Headers = std::vector<std::pair<std::string, std::string>>;  // names in lower case

struct Http2Head {
  std::string method, path, scheme, authority;
  Http2Headers headers;    // the others, as they came
  bool too_large = false;  // `headers` is then not whole

  std::string_view header(std::string_view name) const;  // "" when absent
};

class Http2Session;

// Whoever answers one request. Told by the session; ended when the stream is closed, by whichever side.
class Http2Stream {
 public:
  virtual ~Http2Stream() = default;
  virtual void receive(std::string_view bytes) = 0;  // of the body
  virtual void finish() = 0;                         // the body is whole
  virtual void sent() {}                             // all that was written has left
  virtual void tick() {}                             // about once a second
  virtual bool patient() const { return false; }     // long silence is not a stall
};

// What holds a session, and keeps it as long as somebody may answer.
class Http2Owner : public std::enable_shared_from_this<Http2Owner> {
 public:
  virtual ~Http2Owner() = default;
  // Any thread. The step runs later, when no other step runs.
  virtual void post(std::move_only_function<void(Http2Session&)> step) = 0;
  virtual const Peer& peer() const = 0;
};

// Called when the headers of a request are whole; it may answer at once. Null: nobody will answer it.
using Http2Opener = std::function<std::unique_ptr<Http2Stream>(Http2Session&, std::int32_t stream, Http2Head head)>;

class Http2Session {
 public:
  using Time = std::chrono::steady_clock::time_point;
  Http2Session(Http2Owner& owner, const Http2Limits& limits, Http2Opener opener);
  ~Http2Session();

  // The connection.
  void receive(std::string_view bytes, Time now);
  // The next bytes for the client, about 64 KiB at most; empty: nothing now.
  std::string output(Time now);
  // Nothing will be read and nothing is left to send.
  bool ended() const;
  void tick(Time now);  // about once a second: what stalls is ended
  // Says that the connection will end; requests that are on their way are still taken. When they have arrived, or with `drain` at the
  // latest, no more are.
  void announce_drain();
  void drain();
  std::size_t streams() const;
  Http2Stream* find(std::int32_t stream) const;  // null: it is closed, or nobody answers it

  // One stream. Calls for a stream that is closed do nothing.
  void respond(std::int32_t stream, int status, const Http2Headers& headers, bool with_body);
  void inform(std::int32_t stream, int status);  // 100 Continue
  void write(std::int32_t stream, std::string bytes);
  void finish(std::int32_t stream, Http2Headers trailers = {});
  void reset(std::int32_t stream, Http2Error error);
  std::size_t unsent(std::int32_t stream) const;             // bytes written that have not left
  void open_window(std::int32_t stream, std::size_t bytes);  // the client may send so many more
  void release(std::int32_t stream, std::size_t bytes);      // so many bytes of the body are held no longer

  Http2Owner& owner() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace upkeep::serve
