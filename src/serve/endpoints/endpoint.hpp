// An endpoint: a function from request to response, with no transport in it. The room's catalog is the server's table of routes.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/catalog.hpp"
#include "log/policy.hpp"
#include "serve/engine.hpp"
#include "serve/http/message.hpp"
#include "serve/request_ids.hpp"
#include "serve/telemetry.hpp"
#include "upkeep/prediction_log.hpp"

namespace upkeep::endpoints {

using serve::HttpRequest;
using serve::HttpResponse;

// What an endpoint may use. Everything is shared by all requests, and safe to use from any thread.
struct Context {
  const serve::Engine& engine;
  serve::Telemetry& telemetry;
  PredictionLog* log;       // nullptr: predictions are not logged
  const LogKeeper* keeper;  // nullptr: nobody compacts or expires the log here
  serve::RequestIds& ids;
  const std::atomic<bool>& draining;
};

struct Call {
  const HttpRequest& http;
  std::string_view model;    // {model} of the path; empty where it has none
  std::string_view version;  // {version}
  Context& context;
};

struct Endpoint {
  std::string name;
  std::string help;
  Settings settings;  // none
  std::string method;
  std::vector<std::string> paths;  // "/v2/models/{model}/infer": a part in braces stands for one part of a path
  std::function<HttpResponse(const Call&)> answer;
};

using EndpointCatalog = Catalog<Endpoint>;
const EndpointCatalog& catalog();

HttpResponse json_response(const Json& body, int status = 200);

}  // namespace upkeep::endpoints
