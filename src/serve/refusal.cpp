#include "serve/refusal.hpp"

#include "base/utf8.hpp"
#include "serve/json_text.hpp"

namespace upkeep::serve {

Refusal to_refusal(const Error& error) {
  int status = 500;
  switch (error.code()) {
    case ErrorCode::kNotFound: status = 404; break;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kFailedPrecondition: status = 400; break;
    case ErrorCode::kResourceExhausted: status = 413; break;
    default: break;
  }
  return {status, error.what()};
}

HttpResponse to_response(const Refusal& refusal) {
  HttpResponse response{.status = refusal.status};
  response.body = "{\"error\":";
  append_json(response.body, valid_utf8(refusal.message) ? refusal.message : printable(refusal.message));
  response.body += '}';
  return response;
}

}  // namespace upkeep::serve
