// Whether a model, or a version of it, would answer now.

#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

static serve::Answer<Json> model_ready(const Request& request) {
  const auto version = request.context.engine.find(request.model, request.version);
  if (version) return Json{{"name", request.model}, {"ready", true}};
  if (version.error().code != serve::RefusalCode::kUnready) return std::unexpected(version.error());
  return Json{{"name", request.model}, {"ready", false}, {"error", version.error().message}};
}

void add_model_ready(EndpointCatalog& catalog) {
  catalog.add({.name = "model-ready",
               .help = "200 when the model answers, 503 with the reason when not, 404 when it is unknown",
               .role = Role::kOpen,
               .method = "GET",
               .paths = {"/v2/models/{model}/ready", "/v2/models/{model}/versions/{version}/ready"},
               .rpc = "ModelReady",
               .document = model_ready,
               .status = ready_status});
}

}  // namespace upkeep::endpoints
