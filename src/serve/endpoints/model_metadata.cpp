// Names, types and shapes of a model's inputs and outputs; -1 is a dimension that may vary.

#include "serve/datatypes.hpp"
#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

static Json tensors(const std::vector<TensorSpec>& specs) {
  Json list = Json::array();
  for (const TensorSpec& spec : specs) {
    Json shape = Json::array();
    for (const Dim& dim : spec.dims) shape.push_back(dim.known() ? dim.value : -1);
    list.push_back({{"name", spec.name}, {"datatype", serve::datatype(spec.dtype)}, {"shape", shape}});
  }
  return list;
}

static HttpResponse model_metadata(const Call& call) {
  const auto model = call.context.engine.find(call.model, call.version);
  if (!model) return serve::to_response(model.error());
  Json versions = Json::array();
  const auto served = call.context.engine.models()->at(std::string(call.model));
  for (const auto& one : {served.previous, served.current})
    if (one) versions.push_back(one->version_text());
  const Session& session = (*model)->session();
  return json_response({{"name", call.model},
                        {"versions", versions},
                        {"platform", "onnx_onnxv1"},
                        {"inputs", tensors(session.inputs())},
                        {"outputs", tensors(session.outputs())}});
}

void add_model_metadata(EndpointCatalog& catalog) {
  catalog.add({.name = "model-metadata",
               .help = "Inputs, outputs and loaded versions of a model",
               .method = "GET",
               .paths = {"/v2/models/{model}", "/v2/models/{model}/versions/{version}"},
               .answer = model_metadata});
}

}  // namespace upkeep::endpoints
