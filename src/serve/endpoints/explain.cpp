// Why a model answers what it does: the rows of a request, as an inference has them, and which method explains them.

#include "serve/endpoints/endpoint.hpp"
#include "serve/explaining/explaining.hpp"
#include "serve/protocol/infer_request.hpp"

namespace upkeep::endpoints {

namespace {

// The request's JSON, of which binary tensors may stand behind.
serve::Answer<Json> parameters_of(const serve::WireRequest& wire) {
  try {
    const std::string_view text = wire.json_length.empty() ? wire.body : wire.body.substr(0, std::stoul(std::string(wire.json_length)));
    if (text.empty()) return Json::object();
    return parse_json(text).value("parameters", Json::object());
  } catch (const std::exception&) {
    return serve::refuse(serve::RefusalCode::kInvalid, "the request is not JSON");
  }
}

serve::Answer<serve::ExplainRequest> read_request(const HttpCall& call, const serve::ServedVersion& version) {
  const serve::WireRequest wire{call.http.body, call.http.header("Inference-Header-Content-Length")};
  auto inference = serve::read_infer_request(wire, version.inputs());
  if (!inference) return std::unexpected(inference.error());
  if (const auto fits = serve::check_request(*inference, version.inputs(), version.outputs()); !fits) return std::unexpected(fits.error());
  serve::ExplainRequest request{.id = std::move(inference->id), .inputs = std::move(inference->inputs)};
  const auto parameters = parameters_of(wire);
  if (!parameters) return std::unexpected(parameters.error());
  if (const auto read = serve::read_explain_parameters(*parameters, request); !read) return std::unexpected(read.error());
  return request;
}

void explain(const HttpCall& call, Responder respond) {
  Context& context = call.context;
  const auto version = context.engine.find(call.model, call.version);
  if (!version) return respond(to_response(version.error()));
  if (!context.explaining || !context.explaining->explains(call.model))
    return respond(to_response({.code = serve::RefusalCode::kForbidden,
                                .message = "this server does not explain predictions of this model (upkeep serve --explain MODEL)"}));
  auto request = read_request(call, **version);
  if (!request) return respond(to_response(request.error()));
  context.explaining->start(*version, std::move(*request), call.caller, [respond = std::move(respond)](serve::Answer<Json> answer) mutable {
    respond(answer ? json_response(*answer) : to_response(answer.error()));
  });
}

}  // namespace

void add_explain(EndpointCatalog& catalog) {
  catalog.add({.name = "explain",
               .help = "Explain what a model answers: attributions by feature, and how far they can be trusted",
               .role = Role::kExplain,
               .method = "POST",
               .paths = {"/v2/models/{model}/explain", "/v2/models/{model}/versions/{version}/explain"},
               .body = {{"type", "object"},
                        {"properties",
                         {{"id", {{"type", "string"}}},
                          {"parameters",
                           {{"type", "object"},
                            {"properties",
                             {{"method", {{"type", "string"}}},
                              {"element", {{"type", "string"}}},
                              {"output", {{"type", "string"}}},
                              {"scale", {{"type", "string"}, {"enum", {"output", "logit"}}}},
                              {"seed", {{"type", "integer"}}},
                              {"until_error", {{"type", "number"}}},
                              {"infidelity", {{"type", "boolean"}}},
                              {"stability", {{"type", "boolean"}}}}}}},
                          {"inputs", {{"type", "array"}, {"items", {{"type", "object"}}}}}}},
                        {"required", {"inputs"}}},
               .http = explain});
}

}  // namespace upkeep::endpoints
