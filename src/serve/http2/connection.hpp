// HTTP/2 on one stream of bytes: a session's input and output, its time limits, and how it ends.
#pragma once

#include "serve/http2/session.hpp"
#include "serve/net/stream.hpp"

namespace upkeep::serve {

struct Http2Options {
  Http2Limits limits;
  std::chrono::seconds idle_timeout{75};   // without a request
  std::chrono::seconds stall_timeout{30};  // without progress while something is to be sent
};

// What makes the sessions of HTTP/2 for a listener; `opener` may be called for several connections at once.
SessionMaker speak_http2(Http2Options options, Http2Opener opener);

}  // namespace upkeep::serve
