// Takes a model that was unloaded, or that could not be loaded, up again: the versions that the policy says, of the registry's own files.

#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

// Files and configurations come from the registry alone: one that a client brings is refused.
static serve::Answer<Json> repository_load(const Request& request) {
  if (const Json given = request.body.is_object() ? request.body.value("parameters", Json::object()) : Json::object(); given.is_object())
    for (const auto& [name, _] : given.items())
      if (name == "config" || name.starts_with("file:"))
        return serve::refuse(serve::RefusalCode::kUnsupported, "a model comes from the registry: publish it there instead of sending it");
  if (const auto loaded = request.context.engine.put_on(std::string(request.model)); !loaded) return std::unexpected(loaded.error());
  return Json::object();
}

void add_repository_load(EndpointCatalog& catalog) {
  catalog.add({.name = "repository-load",
               .help = "Load a model again: the versions that the policy says",
               .role = Role::kAdmin,
               .method = "POST",
               .paths = {"/v2/repository/models/{model}/load"},
               .rpc = "RepositoryModelLoad",
               .waits = true,
               .body = {{"type", "object"}},
               .document = repository_load});
}

}  // namespace upkeep::endpoints
