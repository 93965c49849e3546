// Everything between the transport and the endpoints: routes, wrong verbs, content encodings, error bodies, counting.
#pragma once

#include "serve/endpoints/endpoint.hpp"

namespace upkeep::serve {

class Service {
 public:
  // `max_body_bytes` bounds what a compressed body may become.
  Service(endpoints::Context context, std::size_t max_body_bytes);
  HttpResponse handle(const HttpRequest& request);  // any thread; never throws

 private:
  struct Route {
    const endpoints::Endpoint* endpoint;
    std::vector<std::string> parts;  // of the path
    int variables = 0;
  };
  struct Match {
    const endpoints::Endpoint* endpoint = nullptr;
    std::string_view model, version;
    std::string allowed;  // methods of this path; empty: no such path
  };

  Match match(std::string_view method, std::string_view path) const;
  HttpResponse answer(const HttpRequest& request, const Match& match);
  HttpResponse dispatch(const HttpRequest& request, const Match& match);

  endpoints::Context context_;
  std::size_t max_body_bytes_;
  std::vector<Route> routes_;  // the most literal ones first
};

}  // namespace upkeep::serve
