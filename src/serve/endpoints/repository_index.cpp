// Every model with the alias and what became of it. {"ready": true} in the body asks for those that answer.

#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

static bool only_ready(std::string_view body) {
  if (body.empty()) return false;
  const Json asked = parse_json(body);
  return asked.is_object() && asked.value("ready", false);
}

static HttpResponse repository_index(const Call& call) {
  bool ready_only = false;
  try {
    ready_only = only_ready(call.http.body);
  } catch (const std::exception& error) {
    return serve::to_response({400, error.what()});
  }
  Json list = Json::array();
  for (const auto& [name, served] : *call.context.engine.models()) {
    if (served.current) list.push_back({{"name", name}, {"version", served.current->version_text()}, {"state", "READY"}, {"reason", ""}});
    if (!served.problem.empty() && !ready_only)
      list.push_back({{"name", name}, {"version", std::to_string(served.wanted)}, {"state", "UNAVAILABLE"}, {"reason", served.problem}});
  }
  return json_response(list);
}

void add_repository_index(EndpointCatalog& catalog) {
  catalog.add({.name = "repository-index",
               .help = "All models, the version that serves, and why another does not",
               .method = "POST",
               .paths = {"/v2/repository/index"},
               .answer = repository_index});
}

}  // namespace upkeep::endpoints
