// Every model that the policy names and what became of it. {"ready": true} in the body asks for those that answer.

#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

static Json entry(const std::string& name, std::int64_t version, const char* state, const std::string& reason) {
  return {{"name", name}, {"version", std::to_string(version)}, {"state", state}, {"reason", reason}};
}

static serve::Answer<Json> repository_index(const Request& request) {
  if (!request.body.is_null() && !request.body.is_object()) return serve::refuse(serve::RefusalCode::kInvalid, "a JSON object is expected");
  const Json ready = request.body.is_object() ? request.body.value("ready", Json(false)) : Json(false);
  if (!ready.is_boolean()) return serve::refuse(serve::RefusalCode::kInvalid, "\"ready\" is neither true nor false");
  Json list = Json::array();
  for (const auto& [name, served] : *request.context.engine.models()) {
    for (const auto& [number, _] : served.versions) list.push_back(entry(name, number, "READY", ""));
    if (ready.get<bool>()) continue;
    for (const auto& [number, problem] : served.problems) list.push_back(entry(name, number, "UNAVAILABLE", problem));
    if (served.taken_off) list.push_back({{"name", name}, {"state", "UNAVAILABLE"}, {"reason", "unloaded"}});
  }
  return list;
}

void add_repository_index(EndpointCatalog& catalog) {
  catalog.add({.name = "repository-index",
               .help = "All models, the versions that serve, and why others do not",
               .method = "POST",
               .paths = {"/v2/repository/index"},
               .rpc = "RepositoryIndex",
               .rpc_field = "models",
               .body = {{"type", "object"}, {"properties", {{"ready", {{"type", "boolean"}}}}}},
               .answer = {{"type", "array"}, {"items", {{"type", "object"}}}},
               .document = repository_index});
}

}  // namespace upkeep::endpoints
