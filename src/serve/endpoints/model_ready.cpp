// Whether a model, or a version of it, would answer now.

#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

static HttpResponse model_ready(const Call& call) {
  const auto model = call.context.engine.find(call.model, call.version);
  if (model) return json_response({{"name", call.model}, {"ready", true}});
  if (model.error().status != 503) return serve::to_response(model.error());
  return json_response({{"name", call.model}, {"ready", false}, {"error", model.error().message}}, 503);
}

void add_model_ready(EndpointCatalog& catalog) {
  catalog.add({.name = "model-ready",
               .help = "200 when the model answers, 503 with the reason when not, 404 when it is unknown",
               .method = "GET",
               .paths = {"/v2/models/{model}/ready", "/v2/models/{model}/versions/{version}/ready"},
               .answer = model_ready});
}

}  // namespace upkeep::endpoints
