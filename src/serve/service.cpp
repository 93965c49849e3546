#include "serve/service.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/names.hpp"
#include "serve/net/stream.hpp"
#include "serve/protocol/content_encoding.hpp"
#include "serve/protocol/json_text.hpp"
#include "serve/protocol/request_ids.hpp"

namespace upkeep::serve {

static constexpr std::size_t kWorthCompressing = 1024;
static constexpr std::size_t kLarge = 256 << 10;  // bytes: reading more would keep a thread of the network too long

Service::Service(endpoints::Context context, std::size_t max_body_bytes) : context_(context), max_body_bytes_(max_body_bytes) {
  for (const endpoints::Endpoint& endpoint : endpoints::catalog()) add_routes(endpoint);
  if (context.own)
    for (const endpoints::Endpoint& endpoint : *context.own) {
      const std::string path = endpoint.paths.empty() ? std::string() : endpoint.paths.front();
      if (!path.starts_with('/'))
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("\"{}\" is not a path", path), "it begins with /");
      if (std::ranges::contains(routes_, split(path.substr(1), '/'), &Route::parts))
        throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} is a path of the server itself", path), "choose another one");
      add_routes(endpoint);
    }
  std::ranges::stable_sort(routes_, {}, &Route::variables);
}

void Service::add_routes(const endpoints::Endpoint& endpoint) {
  for (const std::string& path : endpoint.paths) {
    Route route{.endpoint = &endpoint, .parts = split(path.substr(1), '/')};
    route.variables = static_cast<int>(std::ranges::count_if(route.parts, [](const std::string& part) { return part.starts_with('{'); }));
    routes_.push_back(std::move(route));
  }
}

Service::Match Service::match(std::string_view method, std::span<const std::string_view> parts) const {
  Match found;
  if (parts.size() > 1 && parts.back().empty()) parts = parts.first(parts.size() - 1);  // "/v2/" is "/v2"
  for (const Route& route : routes_) {
    if (route.parts.size() != parts.size()) continue;
    std::string_view model, version;
    const bool fits = std::ranges::equal(route.parts, parts, [&](const std::string& part, std::string_view given) {
      if (!part.starts_with('{')) return part == given;
      (part == "{model}" ? model : version) = given;
      return !given.empty();
    });
    if (!fits) continue;
    const std::string& its_method = route.endpoint->method;
    if (its_method == method || (method == "HEAD" && its_method == "GET")) return {route.endpoint, model, version, its_method};
    if (!found.allowed.contains(its_method))
      found.allowed += (found.allowed.empty() ? "" : ", ") + its_method + (its_method == "GET" ? ", HEAD" : "");
  }
  return found;
}

// One request from its arrival to its response.
struct Service::Exchange {
  HttpRequest request;
  std::string unpacked;  // the body, where it came compressed
  Caller caller;
  Match match;
  Responder respond;
};

static Caller caller_of(const HttpRequest& request) {
  const std::string_view trace = request.header("traceparent");
  return {.address = request.peer ? request.peer->address : std::string(),
          .request_id = request_id(request.header("X-Request-Id"), trace),
          .traceparent = std::string(trace),
          .gone = request.gone};
}

static HttpResponse refused(RefusalCode code, std::string message) {
  return endpoints::to_response({.code = code, .message = std::move(message)});
}

static HttpResponse not_a_route(const HttpRequest& request, const std::string& allowed) {
  if (allowed.empty()) return refused(RefusalCode::kNotFound, upkeep::format("there is nothing at {}", printable(request.path)));
  HttpResponse response{.status = 204};
  if (request.method != "OPTIONS") {
    response = refused(RefusalCode::kInvalid,
                       upkeep::format("{} is not for {}, which takes {}", printable(request.method), printable(request.path), allowed));
    response.status = 405;
  }
  response.headers.emplace_back("Allow", allowed + ", OPTIONS");
  return response;
}

// Programs send no Origin; browsers do. A page of another site may not use the server through the browser of somebody who reaches it, and
// a name that resolves to this machine all of a sudden makes no page its own.
static Answer<void> check_origin(const HttpRequest& request, Role role, bool anonymous) {
  const std::string_view origin = request.header("Origin");
  if (origin.empty() || role == Role::kOpen) return {};
  const std::size_t scheme = origin.find("://");
  const std::string_view site = scheme == std::string_view::npos ? std::string_view() : origin.substr(scheme + 3);
  const std::string_view host = request.header("Host");
  if (site.empty() || !equal_ignoring_case(site, host))
    return refuse(RefusalCode::kForbidden, upkeep::format("pages of {} may not use this server", printable(origin)));
  const bool changes = role == Role::kAdmin || role == Role::kLabel;
  const std::string_view name = host.starts_with('[') ? host.substr(1, host.find(']') - 1) : host.substr(0, host.rfind(':'));
  if (anonymous && changes && !is_address(name) && !equal_ignoring_case(name, "localhost"))
    return refuse(RefusalCode::kForbidden, "a page that changes something needs a token here");
  return {};
}

// How the body is packed; empty: not at all.
static std::string_view encoding_of(const HttpRequest& request) {
  const std::string_view encoding = request.header("Content-Encoding");
  return encoding == "identity" ? std::string_view() : encoding;
}

void Service::handle(const HttpRequest& request, Responder respond) {
  context_.telemetry.in_flight(1);
  auto exchange = std::make_shared<Exchange>(Exchange{
      .request = request, .caller = caller_of(request), .match = match(request.method, request.parts), .respond = std::move(respond)});
  const endpoints::Endpoint* const endpoint = exchange->match.endpoint;
  if (!endpoint) return this->respond(*exchange, not_a_route(request, exchange->match.allowed));
  auto admitted = admit(*exchange);
  if (admitted) admitted = check_origin(request, endpoint->role, exchange->caller.name.empty());
  if (!admitted) return this->respond(*exchange, endpoints::to_response(admitted.error()));
  if (encoding_of(request).empty() && !endpoint->waits && request.body.size() < kLarge) return answer(std::move(exchange));
  background_.post([this, exchange = std::move(exchange)]() mutable { answer(std::move(exchange)); });
}

// After routing, and by the endpoint that will answer: no other spelling of its path goes around it.
Answer<void> Service::admit(Exchange& exchange) {
  if (!context_.access) return {};
  const HttpRequest& request = exchange.request;
  const Credentials credentials{.authorization = request.header("Authorization"),
                                .certificate = request.peer ? std::string_view(request.peer->certificate) : std::string_view(),
                                .address = exchange.caller.address};
  auto admitted = context_.access->allow(credentials, exchange.match.endpoint->role, exchange.match.model);
  if (!admitted) {
    exchange.caller.name = context_.access->name_of(credentials);
    return std::unexpected(std::move(admitted.error()));
  }
  exchange.caller.name = std::move(admitted->name);
  exchange.caller.slot = std::move(admitted->slot);
  return {};
}

void Service::answer(std::shared_ptr<Exchange> exchange) {
  try {
    if (const std::string_view encoding = encoding_of(exchange->request); !encoding.empty()) {
      Answer<std::string> plain = decompress(exchange->request.body, encoding, max_body_bytes_);
      if (!plain) {
        HttpResponse response = endpoints::to_response(plain.error());
        if (plain.error().code == RefusalCode::kUnsupportedMedia) response.headers.emplace_back("Accept-Encoding", "gzip, deflate");
        return respond(*exchange, std::move(response));
      }
      exchange->unpacked = std::move(*plain);
      exchange->request.body = exchange->unpacked;
    }
    return dispatch(exchange);
  } catch (const std::exception&) {
    respond(*exchange, endpoints::to_response(refusal_of_exception()));
  }
}

void Service::dispatch(const std::shared_ptr<Exchange>& exchange) {
  const auto& [endpoint, model, version, allowed] = exchange->match;
  if (endpoint->http)
    return endpoint->http({exchange->request, model, version, exchange->caller, context_},
                          [this, exchange](HttpResponse response) { respond(*exchange, std::move(response)); });
  Json body;
  if (!exchange->request.body.empty() && !endpoint->body.is_null()) {
    try {
      body = parse_json(exchange->request.body);
    } catch (const std::exception& error) {
      return respond(*exchange, refused(RefusalCode::kInvalid, error.what()));
    }
  }
  const Answer<Json> document = endpoint->document({model, version, body, exchange->caller, context_});
  if (!document) return respond(*exchange, endpoints::to_response(document.error()));
  respond(*exchange, endpoints::json_response(*document, endpoint->status ? endpoint->status(*document) : 200));
}

void Service::audit(const Exchange& exchange, int status) const {
  const endpoints::Endpoint* const endpoint = exchange.match.endpoint;
  if (!context_.audit || !endpoint || endpoint->role != Role::kAdmin) return;
  context_.audit->write({.caller = exchange.caller.name,
                         .address = exchange.caller.address,
                         .request_id = exchange.caller.request_id,
                         .action = endpoint->name,
                         .model = exchange.match.model,
                         .status = status});
}

void Service::respond(Exchange& exchange, HttpResponse response) {
  if (!exchange.respond) return;  // answered before something was thrown
  if (response.body.size() >= kWorthCompressing) {
    const std::string_view encoding = best_encoding(exchange.request.header("Accept-Encoding"));
    if (!encoding.empty()) {
      response.body = compress(response.body, encoding);
      response.headers.emplace_back("Content-Encoding", encoding);
    }
  }
  context_.telemetry.request(exchange.match.endpoint ? exchange.match.endpoint->name : "none", response.status);
  context_.telemetry.in_flight(-1);
  exchange.caller.slot.reset();
  audit(exchange, response.status);
  std::exchange(exchange.respond, {})(std::move(response));
}

}  // namespace upkeep::serve
