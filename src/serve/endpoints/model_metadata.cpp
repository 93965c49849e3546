// Names, types and shapes of a model's inputs and outputs; -1 is a dimension that may vary.

#include "serve/endpoints/endpoint.hpp"
#include "serve/protocol/datatypes.hpp"

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

static serve::Answer<Json> model_metadata(const Request& request) {
  const auto version = request.context.engine.find(request.model, request.version);
  if (!version) return std::unexpected(version.error());
  Json versions = Json::array();
  const auto models = request.context.engine.models();
  if (const auto served = models->find(request.model); served != models->end())
    for (const auto& [number, _] : served->second.versions) versions.push_back(std::to_string(number));
  return Json{{"name", request.model},
              {"versions", versions},
              {"platform", "onnx_onnxv1"},
              {"inputs", tensors((*version)->inputs())},
              {"outputs", tensors((*version)->outputs())}};
}

void add_model_metadata(EndpointCatalog& catalog) {
  catalog.add({.name = "model-metadata",
               .help = "Inputs, outputs and loaded versions of a model",
               .method = "GET",
               .paths = {"/v2/models/{model}", "/v2/models/{model}/versions/{version}"},
               .rpc = "ModelMetadata",
               .document = model_metadata});
}

}  // namespace upkeep::endpoints
