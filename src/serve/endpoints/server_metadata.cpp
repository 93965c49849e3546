// Who answers here. The extensions are those that are there in full, because clients act on them.

#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

void add_server_metadata(EndpointCatalog& catalog) {
  catalog.add({.name = "server-metadata",
               .help = "Name, version and extensions of the server",
               .method = "GET",
               .paths = {"/v2"},
               .rpc = "ServerMetadata",
               .document = [](const Request&) {
                 return Json{{"name", "upkeep"},
                             {"version", UPKEEP_VERSION},
                             {"extensions",
                              {"binary_tensor_data", "classification", "model_configuration", "model_repository", "schedule_policy",
                               "statistics"}}};
               }});
}

}  // namespace upkeep::endpoints
