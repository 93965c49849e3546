// The client's side of an HTTP/2 connection, as a state machine over nghttp2: requests -> bytes out; bytes in -> replies.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "serve/http2/session.hpp"

namespace upkeep::serve {

struct Http2Reply {
  std::map<std::string, std::string> headers;  // trailers among them
  std::string body;
  bool closed = false;
  std::uint32_t error = 0;  // of RFC 9113, section 7, where the stream was reset

  std::string header(const std::string& name) const { return headers.contains(name) ? headers.at(name) : std::string(); }
};

class Http2Client {
 public:
  explicit Http2Client(std::size_t max_reply_bytes);
  ~Http2Client();

  std::int32_t request(const Http2Headers& headers, std::string body);  // pseudo headers first
  std::string output();                                                 // empty: nothing now
  bool receive(std::string_view bytes);                                 // false: this is not HTTP/2
  const Http2Reply& reply(std::int32_t stream) const;
  void forget(std::int32_t stream);
  bool open() const;  // the server takes further requests

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace upkeep::serve
