// HTTP as the endpoints see it: plain values, no transport in them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace upkeep::serve {

bool equal_ignoring_case(std::string_view a, std::string_view b);  // ASCII

// Views into the transport's buffers: valid while the handler runs.
struct HttpRequest {
  std::string_view method;  // "GET"
  std::string_view path;    // percent-decoded once, without the query
  std::string_view body;
  std::vector<std::pair<std::string_view, std::string_view>> headers;

  std::string_view header(std::string_view name) const;  // in any case; "" when absent
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// Called from several threads at once.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

}  // namespace upkeep::serve
