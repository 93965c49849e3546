// The server's own OpenAPI 3.1 document, written from this room's catalog.

#include "base/names.hpp"
#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

static Json parameters_of(const std::string& path) {
  Json list = Json::array();
  for (const char* name : {"model", "version"})
    if (path.contains("{" + std::string(name) + "}"))
      list.push_back(
          {{"name", name},
           {"in", "path"},
           {"required", true},
           {"schema", {{"type", "string"}}},
           {"description", std::string(name) == "model" ? "name in the registry" : "number, or an alias that this server serves"}});
  return list;
}

static Json content(const Json& schema) { return {{"application/json", {{"schema", schema}}}}; }

static Json operation(const Endpoint& endpoint, const std::string& path, std::size_t index) {
  const bool json = endpoint.document || !endpoint.answer.is_null();
  Json operation{
      {"operationId", endpoint.name + (index > 0 ? "-" + std::to_string(index + 1) : "")},
      {"summary", endpoint.help},
      {"responses",
       {{"200", {{"description", "answered"}}},
        {"default", {{"description", "refused, with the reason"}, {"content", content({{"$ref", "#/components/schemas/Error"}})}}}}}};
  if (json) operation["responses"]["200"]["content"] = content(endpoint.answer.is_null() ? Json{{"type", "object"}} : endpoint.answer);
  if (const Json parameters = parameters_of(path); !parameters.empty()) operation["parameters"] = parameters;
  if (!endpoint.body.is_null())
    operation["requestBody"] = {{"required", endpoint.body.contains("required")}, {"content", content(endpoint.body)}};
  if (endpoint.role == Role::kOpen) operation["security"] = Json::array();
  return operation;
}

static void add_paths(Json& paths, const Endpoint& endpoint) {
  std::string method = endpoint.method;
  std::ranges::transform(method, method.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (std::size_t i = 0; i < endpoint.paths.size(); ++i) paths[endpoint.paths[i]][method] = operation(endpoint, endpoint.paths[i], i);
}

static serve::Answer<Json> openapi(const Request& request) {
  Json paths = Json::object();
  for (const Endpoint& endpoint : catalog()) add_paths(paths, endpoint);
  if (request.context.own)
    for (const Endpoint& endpoint : *request.context.own) add_paths(paths, endpoint);
  return Json{{"openapi", "3.1.0"},
              {"info",
               {{"title", "Upkeep server"},
                {"version", UPKEEP_VERSION},
                {"description",
                 "Open Inference Protocol v2 with Triton's extensions for binary data, classification, configuration, repository, "
                 "schedule policy and statistics."}}},
              {"paths", paths},
              {"components",
               {{"schemas", {{"Error", {{"type", "object"}, {"properties", {{"error", {{"type", "string"}}}}}, {"required", {"error"}}}}}},
                {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}},
              {"security", Json::array({Json::object(), {{"token", Json::array()}}})}};
}

void add_openapi(EndpointCatalog& catalog) {
  catalog.add({.name = "openapi",
               .help = "This document: every path of the server",
               .role = Role::kOpen,
               .method = "GET",
               .paths = {"/openapi.json"},
               .document = openapi});
}

}  // namespace upkeep::endpoints
