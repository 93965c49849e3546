// An endpoint: what the server answers under one name, whatever the protocol. The room's catalog is the server's table of routes, the list
// of gRPC methods, and its OpenAPI document.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/catalog.hpp"
#include "log/policy.hpp"
#include "serve/access/access.hpp"
#include "serve/access/audit.hpp"
#include "serve/engine/engine.hpp"
#include "serve/engine/inference.hpp"
#include "serve/http/message.hpp"
#include "serve/protocol/caller.hpp"
#include "serve/telemetry.hpp"
#include "upkeep/prediction_log.hpp"

namespace upkeep::serve {
class Explaining;
}

namespace upkeep::endpoints {

using serve::HttpRequest;
using serve::HttpResponse;
using serve::Responder;
using serve::Role;

struct Endpoint;

// What an endpoint may use. Everything is shared by all requests, and safe to use from any thread.
struct Context {
  serve::Engine& engine;
  serve::Inference& inference;
  serve::Telemetry& telemetry;
  PredictionLog* log;       // nullptr: predictions are not logged
  const LogKeeper* keeper;  // nullptr: nobody compacts or expires the log here
  const std::atomic<bool>& draining;
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  serve::Access* access = nullptr;             // nullptr: everybody may do everything
  const serve::Audit* audit = nullptr;         // nullptr: nobody keeps it
  const std::vector<Endpoint>* own = nullptr;  // of the program that the server is in; null: none
  serve::Explaining* explaining = nullptr;     // nullptr: no prediction is explained
};

// A request for a document.
struct Request {
  std::string_view model;    // {model} of the path; empty where it has none
  std::string_view version;  // {version}
  const Json& body;          // null where none came
  const serve::Caller& caller;
  Context& context;
};

// A request that only HTTP makes; valid until its responder is called or dropped.
struct HttpCall {
  const HttpRequest& http;
  std::string_view model, version;
  const serve::Caller& caller;
  Context& context;
};

struct Endpoint {
  std::string name;
  std::string help;
  Settings settings;  // none
  Role role = Role::kAny;
  std::string method;              // of HTTP
  std::vector<std::string> paths;  // "/v2/models/{model}/infer": a part in braces stands for one part of a path
  std::string rpc = {};            // of inference.GRPCInferenceService; empty: HTTP only
  std::string rpc_field = {};      // of the RPC's response, which the document is; empty: it is the whole response
  bool waits = false;              // for a disk, a lock or a load: not run on threads of the network
  Json body = {};                  // JSON schema of the request's body; null: it has none
  Json answer = {};                // JSON schema of the answer; null: any object

  // One of the two. A document is JSON in HTTP, and the response message of the RPC by protobuf's JSON mapping in gRPC.
  std::function<serve::Answer<Json>(const Request&)> document = {};
  std::function<int(const Json&)> status = {};  // HTTP's, of a document; empty: 200
  std::function<void(const HttpCall&, Responder)> http = {};
};

using EndpointCatalog = Catalog<Endpoint>;
const EndpointCatalog& catalog();

int ready_status(const Json& document);  // 200, or 503 where its "ready" is false

HttpResponse json_response(const Json& body, int status = 200);
HttpResponse to_response(const serve::Refusal& refusal);  // {"error": "..."}

}  // namespace upkeep::endpoints
