// What the methods of gRPC answer from: the table of endpoints, the engine behind it, and the rules of who may do what.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "serve/endpoints/endpoint.hpp"
#include "serve/grpc/call.hpp"

namespace upkeep::serve {

struct GrpcBackend {
  endpoints::Context& context;
  std::size_t max_message_bytes = std::size_t{64} << 20;
  // Work that waits for a disk or a load goes there. Null: it is done at once.
  std::function<void(std::move_only_function<void()>)> background = {};

  // The asker as a caller who may do this, with one of the requests that it may have at a time.
  Answer<Caller> admit(const GrpcAsker& asker, Role role, std::string_view model) const;
  // The document that an endpoint has for a method of GRPCInferenceService. Administrative ones leave a line in the audit log.
  Answer<Json> document(const endpoints::Endpoint& endpoint, std::string_view model, std::string_view version, const Json& body,
                        const GrpcAsker& asker) const;

 private:
  std::string name_of(const GrpcAsker& asker) const;  // whatever it may do
  Answer<Json> made_document(const endpoints::Endpoint& endpoint, const endpoints::Request& request) const;
};

const endpoints::Endpoint* endpoint_of(std::string_view rpc);  // null: no endpoint answers it

}  // namespace upkeep::serve
