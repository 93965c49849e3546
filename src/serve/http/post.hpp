// One HTTP request to somebody else's server, over Boost.Beast: what a webhook needs.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace upkeep::serve {

struct HttpPost {
  std::string url;  // http://HOST[:PORT]/PATH or https://...; certificates are verified against the system's authorities
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::chrono::seconds timeout{10};  // of the whole exchange
};

// The status of the answer. Throws Error{kInvalidArgument}: no such URL; {kIo}: nobody answers in time.
int post(const HttpPost& request);

}  // namespace upkeep::serve
