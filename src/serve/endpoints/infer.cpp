// Inference over HTTP: JSON, JSON with binary tensors, or raw bytes -> tensors -> the queue of the version -> bytes.

#include "serve/endpoints/endpoint.hpp"
#include "serve/protocol/infer_request.hpp"
#include "serve/protocol/infer_response.hpp"

namespace upkeep::endpoints {

static void infer(const HttpCall& call, Responder respond) {
  Context& context = call.context;
  const auto version = context.engine.find(call.model, call.version);
  if (!version) return respond(to_response(version.error()));
  const serve::WireRequest wire{call.http.body, call.http.header("Inference-Header-Content-Length")};
  std::string id;
  auto request = serve::read_infer_request(wire, (*version)->inputs(), &id);
  if (!request) return respond(to_response(context.inference.refused(**version, std::move(id), call.caller, request.error())));
  serve::OutputForms forms{.asked = request->outputs, .binary = request->binary};
  context.inference.start(*version, std::move(*request), call.caller,
                          [forms = std::move(forms), respond = std::move(respond)](serve::Answer<serve::InferAnswer> answer) mutable {
                            if (!answer) return respond(to_response(answer.error()));
                            serve::Answer<HttpResponse> response = serve::write_infer_response(*answer, forms);
                            respond(response ? std::move(*response) : to_response(response.error()));
                          });
}

void add_infer(EndpointCatalog& catalog) {
  const Json tensor{{"type", "object"},
                    {"properties",
                     {{"name", {{"type", "string"}}},
                      {"shape", {{"type", "array"}, {"items", {{"type", "integer"}}}}},
                      {"datatype", {{"type", "string"}}},
                      {"parameters", {{"type", "object"}}},
                      {"data", {{"type", "array"}, {"items", Json::object()}}}}},
                    {"required", {"name", "shape", "datatype"}}};
  catalog.add({.name = "infer",
               .help = "Run a model: JSON, or tensors as binary data",
               .role = Role::kInfer,
               .method = "POST",
               .paths = {"/v2/models/{model}/infer", "/v2/models/{model}/versions/{version}/infer"},
               .rpc = "ModelInfer",
               .body = {{"type", "object"},
                        {"properties",
                         {{"id", {{"type", "string"}}},
                          {"parameters", {{"type", "object"}}},
                          {"inputs", {{"type", "array"}, {"items", tensor}}},
                          {"outputs", {{"type", "array"}, {"items", {{"type", "object"}}}}}}},
                        {"required", {"inputs"}}},
               .answer = {{"type", "object"},
                          {"properties",
                           {{"model_name", {{"type", "string"}}},
                            {"model_version", {{"type", "string"}}},
                            {"id", {{"type", "string"}}},
                            {"outputs", {{"type", "array"}, {"items", tensor}}}}}},
               .http = infer});
}

}  // namespace upkeep::endpoints
