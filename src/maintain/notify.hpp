// Telling people: a pass that found something is posted as JSON to a webhook.
#pragma once

#include <functional>
#include <string>

#include "maintain/maintain.hpp"

namespace upkeep {

// {"model", "alias", "version", "candidate", "time", "outcome", "reason", "health", "alarms", "unknown"}
Json notification(const MaintainResult& result, TimePoint now);

// What makes a pass worth telling; empty where all is well. A pass that says the same as the one before is not told again.
std::string news(const MaintainResult& result);

struct NotifyOptions {
  std::string url;
  std::string secret;                        // of the header X-Upkeep-Signature: sha256=<HMAC-SHA256 of the body>; empty: no such header
  int tries = 4;                             // with 1, 2, 4, ... seconds between them
  std::function<void(double seconds)> wait;  // sleeps; tests do not
  std::function<int(const std::string& body, const std::string& signature)> post;  // empty: HTTP
};

// Throws Error{kIo} when no try was answered with a status of 2xx; a 4xx other than 408 and 429 is not tried again.
void notify(const Json& body, const NotifyOptions& options);

}  // namespace upkeep
