// Traffic may come: every model that the policy names has a version that serves, and the server is not on its way out.

#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

static serve::Answer<Json> health_ready(const Request& request) {
  const serve::Engine& engine = request.context.engine;
  const std::string reason = request.context.draining ? "the server is shutting down" : engine.unready();
  Json document{{"ready", reason.empty()}, {"live", true}};
  if (!reason.empty()) document["error"] = reason;
  // What is loaded answers on; whoever looks shall see that promotions do not arrive.
  if (!engine.registry_problem().empty()) document["registry"] = "the registry cannot be read; what is loaded serves on";
  return document;
}

void add_health_ready(EndpointCatalog& catalog) {
  catalog.add({.name = "health-ready",
               .help = "200 when every model is ready, 503 with the reason when not",
               .role = Role::kOpen,
               .method = "GET",
               .paths = {"/v2/health/ready"},
               .rpc = "ServerReady",
               .document = health_ready,
               .status = ready_status});
}

}  // namespace upkeep::endpoints
