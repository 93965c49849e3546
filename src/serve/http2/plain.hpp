// HTTP requests that came by HTTP/2, for the same handler as those of HTTP/1.1: the body is gathered, then the handler is called.
#pragma once

#include <functional>

#include "serve/http/message.hpp"
#include "serve/http2/session.hpp"

namespace upkeep::serve {

struct PlainHttp {
  HttpHandler handler;
  std::size_t max_body_bytes = std::size_t{64} << 20;
};

// Answers one request. Null: the session was told the answer already.
std::unique_ptr<Http2Stream> open_plain(const PlainHttp& http, Http2Session& session, std::int32_t stream, Http2Head head);

}  // namespace upkeep::serve
