#include "serve/endpoints/endpoint.hpp"

namespace upkeep::endpoints {

HttpResponse json_response(const Json& body, int status) {
  return {.status = status, .body = body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

}  // namespace upkeep::endpoints
