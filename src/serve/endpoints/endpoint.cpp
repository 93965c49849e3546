#include "serve/endpoints/endpoint.hpp"

#include "base/utf8.hpp"
#include "serve/protocol/json_text.hpp"

namespace upkeep::endpoints {

int ready_status(const Json& document) { return document.value("ready", true) ? 200 : 503; }

HttpResponse json_response(const Json& body, int status) {
  return {.status = status, .body = body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

HttpResponse to_response(const serve::Refusal& refusal) {
  HttpResponse response{.status = serve::http_status(refusal.code)};
  response.body = "{\"error\":";
  serve::append_json(response.body, valid_utf8(refusal.message) ? refusal.message : serve::printable(refusal.message));
  response.body += '}';
  if (refusal.retry_after_s > 0) response.headers.emplace_back("Retry-After", std::to_string(refusal.retry_after_s));
  if (refusal.code == serve::RefusalCode::kUnauthenticated) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace upkeep::endpoints
