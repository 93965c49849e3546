// The model configuration extension. max_batch_size 0 says that shapes are whole: the batch dimension is one of them.

#include "serve/datatypes.hpp"
#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

static std::string data_type(DType dtype) {
  return dtype == DType::kString ? "TYPE_STRING" : "TYPE_" + std::string(serve::datatype(dtype));
}

static Json configured_tensors(const std::vector<TensorSpec>& specs) {
  Json list = Json::array();
  for (const TensorSpec& spec : specs) {
    Json dims = Json::array();
    for (const Dim& dim : spec.dims) dims.push_back(dim.known() ? dim.value : -1);
    list.push_back({{"name", spec.name}, {"data_type", data_type(spec.dtype)}, {"dims", dims}});
  }
  return list;
}

static HttpResponse model_config(const Call& call) {
  const auto model = call.context.engine.find(call.model, call.version);
  if (!model) return serve::to_response(model.error());
  const Session& session = (*model)->session();
  return json_response({{"name", call.model},
                        {"platform", "onnxruntime_onnx"},
                        {"backend", "onnxruntime"},
                        {"version_policy", {{"latest", {{"num_versions", 1}}}}},
                        {"max_batch_size", 0},
                        {"input", configured_tensors(session.inputs())},
                        {"output", configured_tensors(session.outputs())},
                        {"instance_group", Json::array({{{"name", call.model}, {"kind", "KIND_CPU"}, {"count", 1}}})}});
}

void add_model_config(EndpointCatalog& catalog) {
  catalog.add({.name = "model-config",
               .help = "The configuration of a model, as Triton's clients ask for it",
               .method = "GET",
               .paths = {"/v2/models/{model}/config", "/v2/models/{model}/versions/{version}/config"},
               .answer = model_config});
}

}  // namespace upkeep::endpoints
