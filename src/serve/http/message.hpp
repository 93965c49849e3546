// HTTP as the endpoints see it: plain values, no transport in them.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace upkeep::serve {

struct Peer;  // net/stream.hpp

bool equal_ignoring_case(std::string_view a, std::string_view b);  // ASCII

// Views into the transport's buffers: valid until the request is answered.
struct HttpRequest {
  std::string_view method;  // "GET"
  std::string_view path;    // percent-decoded once, without the query; to be read by people: routes go by the parts
  std::string_view body;
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::vector<std::string_view> parts = {};            // of the path: split at its slashes, then each one decoded
  std::string_view query = {};                         // without the question mark, as it came
  const Peer* peer = nullptr;                          // who asks; null in tests
  std::shared_ptr<const std::atomic<bool>> gone = {};  // becomes true when the client has left; null: not told

  std::string_view header(std::string_view name) const;  // in any case; "" when absent
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// Answers a request: to be called once, from any thread. Dropped without a call, it closes the connection.
using Responder = std::move_only_function<void(HttpResponse)>;

// Called from several threads at once; must neither throw nor wait for a model. The request lives until its responder is called or dropped.
using HttpHandler = std::function<void(const HttpRequest&, Responder)>;

}  // namespace upkeep::serve
