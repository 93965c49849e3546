#include "serve/grpc/backend.hpp"

#include <new>

namespace upkeep::serve {

Answer<void> GrpcBackend::allowed(const Caller& caller, endpoints::Role role, std::string_view model) const {
  if (!allow || role == endpoints::Role::kOpen) return {};
  return allow(caller, role, model);
}

Answer<Json> GrpcBackend::document(const endpoints::Endpoint& endpoint, std::string_view model, std::string_view version, const Json& body,
                                   const Caller& caller) const {
  if (const auto may = allowed(caller, endpoint.role, model); !may) return std::unexpected(may.error());
  try {
    return endpoint.document({.model = model, .version = version, .body = body, .caller = caller, .context = context});
  } catch (const Error& error) {
    return std::unexpected(to_refusal(error));
  } catch (const std::bad_alloc&) {
    return refuse(RefusalCode::kBusy, "out of memory");
  } catch (const std::exception& error) {
    return refuse(RefusalCode::kInternal, error.what());
  }
}

const endpoints::Endpoint* endpoint_of(std::string_view rpc) {
  if (rpc.empty()) return nullptr;
  for (const endpoints::Endpoint& endpoint : endpoints::catalog())
    if (endpoint.rpc == rpc) return &endpoint;
  return nullptr;
}

}  // namespace upkeep::serve
