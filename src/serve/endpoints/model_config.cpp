// The model configuration extension, as Triton would say it: where the first axis is open, max_batch_size is above 0 and the shapes leave
// that axis out; else it is 0 and shapes are whole.

#include "serve/endpoints/endpoint.hpp"
#include "serve/protocol/datatypes.hpp"

namespace upkeep::endpoints {

static std::string data_type(DType dtype) {
  return dtype == DType::kString ? "TYPE_STRING" : "TYPE_" + std::string(serve::datatype(dtype));
}

static Json configured_tensors(const std::vector<TensorSpec>& specs, bool batched) {
  Json list = Json::array();
  for (const TensorSpec& spec : specs) {
    Json dims = Json::array();
    for (std::size_t axis = batched ? 1 : 0; axis < spec.dims.size(); ++axis)
      dims.push_back(spec.dims[axis].known() ? spec.dims[axis].value : -1);
    list.push_back({{"name", spec.name}, {"data_type", data_type(spec.dtype)}, {"dims", dims}});
  }
  return list;
}

static serve::Answer<Json> model_config(const Request& request) {
  const auto found = request.context.engine.find(request.model, request.version);
  if (!found) return std::unexpected(found.error());
  const serve::ServedVersion& version = **found;
  const serve::SchedulerOptions& scheduler = version.options().scheduler;
  const bool batched = version.batching().open_axis;
  Json config{{"name", request.model},
              {"platform", "onnxruntime_onnx"},
              {"backend", "onnxruntime"},
              {"version_policy", {{"specific", {{"versions", Json::array({version.version()})}}}}},
              {"max_batch_size", batched ? std::max<std::int64_t>(scheduler.max_batch_rows, 1) : 0},
              {"input", configured_tensors(version.inputs(), batched)},
              {"output", configured_tensors(version.outputs(), batched)},
              {"instance_group", Json::array({{{"name", request.model}, {"kind", "KIND_CPU"}, {"count", scheduler.instances}}})}};
  if (version.batching().merges && scheduler.max_batch_rows > 1)
    config["dynamic_batching"] = {{"max_queue_delay_microseconds", scheduler.max_delay.count()}};
  else if (batched)
    config["parameters"] = {{"batching",
                             {{"string_value", "requests are not merged: " + (version.batching().merges ? std::string("it is switched off")
                                                                                                        : version.batching().why_not)}}}};
  return config;
}

void add_model_config(EndpointCatalog& catalog) {
  catalog.add({.name = "model-config",
               .help = "The configuration of a model, as Triton's clients ask for it",
               .method = "GET",
               .paths = {"/v2/models/{model}/config", "/v2/models/{model}/versions/{version}/config"},
               .rpc = "ModelConfig",
               .rpc_field = "config",
               .document = model_config});
}

}  // namespace upkeep::endpoints
