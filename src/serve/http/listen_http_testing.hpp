// A server of HTTP/1.1 on a free port of the loopback, for tests.
#pragma once

#include "serve/http/http1.hpp"
#include "serve/net/listener.hpp"

namespace upkeep::serve {

inline Listener listen_http(HttpHandler handler, const HttpOptions& options = {}, const ListenerOptions& ports = {}) {
  return Listener(ports, {.http1 = http1(options, std::move(handler))});
}

// A handler that has its answer at once.
inline HttpHandler at_once(std::function<HttpResponse(const HttpRequest&)> answer) {
  return [answer = std::move(answer)](const HttpRequest& request, Responder respond) { respond(answer(request)); };
}

}  // namespace upkeep::serve
