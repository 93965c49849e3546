// Takes a model away from this server until it is loaded again or the server restarts. The registry does not change.

#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

static serve::Answer<Json> repository_unload(const Request& request) {
  if (const auto unloaded = request.context.engine.take_off(std::string(request.model)); !unloaded)
    return std::unexpected(unloaded.error());
  return Json::object();
}

void add_repository_unload(EndpointCatalog& catalog) {
  catalog.add({.name = "repository-unload",
               .help = "Take a model away from this server until it is loaded again",
               .role = Role::kAdmin,
               .method = "POST",
               .paths = {"/v2/repository/models/{model}/unload"},
               .rpc = "RepositoryModelUnload",
               .waits = true,
               .body = {{"type", "object"}},
               .document = repository_unload});
}

}  // namespace upkeep::endpoints
