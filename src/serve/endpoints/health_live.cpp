// The process is alive: a restart would not help. (Some clients read the body, others only the status.)

#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

void add_health_live(EndpointCatalog& catalog) {
  catalog.add({.name = "health-live",
               .help = "200 while the process runs",
               .role = Role::kOpen,
               .method = "GET",
               .paths = {"/v2/health/live"},
               .rpc = "ServerLive",
               .document = [](const Request&) { return Json{{"live", true}}; }});
}

}  // namespace upkeep::endpoints
