// The process is alive: a restart would not help. (Some clients read the body, others only the status.)

#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

void add_health_live(EndpointCatalog& catalog) {
  catalog.add({.name = "health-live",
               .help = "200 while the process runs",
               .method = "GET",
               .paths = {"/v2/health/live"},
               .answer = [](const Call&) { return json_response({{"live", true}}); }});
}

}  // namespace upkeep::endpoints
