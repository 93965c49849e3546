// Who answers here. The extensions are those that are there in full, because clients act on them.

#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

static HttpResponse server_metadata(const Call&) {
  return json_response(
      {{"name", "upkeep"}, {"version", UPKEEP_VERSION}, {"extensions", {"binary_tensor_data", "model_configuration", "statistics"}}});
}

void add_server_metadata(EndpointCatalog& catalog) {
  catalog.add({.name = "server-metadata",
               .help = "Name, version and extensions of the server",
               .method = "GET",
               .paths = {"/v2"},
               .answer = server_metadata});
}

}  // namespace upkeep::endpoints
