// Traffic may come: every model with the alias has a version that serves, and the server is not on its way out.

#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

static HttpResponse health_ready(const Call& call) {
  const std::string reason = call.context.draining ? "the server is shutting down" : call.context.engine.unready();
  if (reason.empty()) return json_response({{"ready", true}, {"live", true}});
  return json_response({{"ready", false}, {"live", true}, {"error", reason}}, 503);
}

void add_health_ready(EndpointCatalog& catalog) {
  catalog.add({.name = "health-ready",
               .help = "200 when every model is ready, 503 with the reason when not",
               .method = "GET",
               .paths = {"/v2/health/ready"},
               .answer = health_ready});
}

}  // namespace upkeep::endpoints
