// What the methods of gRPC answer from: the table of endpoints, the engine behind it, and the rules of who may do what.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "serve/endpoints/endpoint.hpp"
#include "serve/http2/session.hpp"

namespace upkeep::serve {

struct GrpcBackend {
  endpoints::Context& context;
  std::size_t max_message_bytes = std::size_t{64} << 20;
  // Work that waits for a disk or a load goes there. Null: it is done at once.
  std::function<void(std::move_only_function<void()>)> background = {};
  // Who asks, by the metadata and the connection of a call. Null: everybody is anonymous.
  std::function<Answer<Caller>(const Http2Head&, const Peer&)> identify = {};
  // Whether the caller may. Null: everybody may.
  std::function<Answer<void>(const Caller&, endpoints::Role, std::string_view model)> allow = {};

  Answer<void> allowed(const Caller& caller, endpoints::Role role, std::string_view model) const;
  // The document that an endpoint has for a method of GRPCInferenceService, for a caller who may read it.
  Answer<Json> document(const endpoints::Endpoint& endpoint, std::string_view model, std::string_view version, const Json& body,
                        const Caller& caller) const;
};

const endpoints::Endpoint* endpoint_of(std::string_view rpc);  // null: no endpoint answers it

}  // namespace upkeep::serve
