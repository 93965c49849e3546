#include "serve/grpc/backend.hpp"

namespace upkeep::serve {

Answer<Caller> GrpcBackend::admit(const GrpcAsker& asker, Role role, std::string_view model) const {
  Caller caller = asker.caller;
  if (!context.access) return caller;
  auto admitted = context.access->allow({.authorization = asker.authorization, .certificate = asker.certificate, .address = caller.address},
                                        role, model);
  if (!admitted) return std::unexpected(std::move(admitted.error()));
  caller.name = std::move(admitted->name);
  caller.slot = std::move(admitted->slot);
  return caller;
}

std::string GrpcBackend::name_of(const GrpcAsker& asker) const {
  if (!context.access) return {};
  return context.access->name_of({.authorization = asker.authorization, .certificate = asker.certificate, .address = asker.caller.address});
}

Answer<Json> GrpcBackend::document(const endpoints::Endpoint& endpoint, std::string_view model, std::string_view version, const Json& body,
                                   const GrpcAsker& asker) const {
  const Answer<Caller> caller = admit(asker, endpoint.role, model);
  Answer<Json> document =
      caller ? made_document(endpoint, {.model = model, .version = version, .body = body, .caller = *caller, .context = context})
             : std::unexpected(caller.error());
  const int status = document ? 200 : http_status(document.error().code);
  context.telemetry.request(endpoint.name, status);
  const std::string name = caller ? caller->name : name_of(asker);
  if (context.audit && endpoint.role == Role::kAdmin)
    context.audit->write({.caller = name,
                          .address = asker.caller.address,
                          .request_id = asker.caller.request_id,
                          .action = endpoint.name,
                          .model = model,
                          .status = status});
  return document;
}

Answer<Json> GrpcBackend::made_document(const endpoints::Endpoint& endpoint, const endpoints::Request& request) const {
  try {
    return endpoint.document(request);
  } catch (const std::exception&) {
    return std::unexpected(refusal_of_exception());
  }
}

const endpoints::Endpoint* endpoint_of(std::string_view rpc) {
  if (rpc.empty()) return nullptr;
  for (const endpoints::Endpoint& endpoint : endpoints::catalog())
    if (endpoint.rpc == rpc) return &endpoint;
  return nullptr;
}

}  // namespace upkeep::serve
