// Everything between HTTP and the endpoints: routes, wrong verbs, content encodings, JSON bodies, error bodies, counting.
#pragma once

#include <span>

#include "serve/endpoints/endpoint.hpp"
#include "serve/engine/background.hpp"

namespace upkeep::serve {

class Service {
 public:
  // `max_body_bytes` bounds what a compressed body may become.
  // Throws Error{kInvalidArgument} where an endpoint of the program's own has no path, or one that the server has itself.
  Service(endpoints::Context context, std::size_t max_body_bytes);
  // Any thread; never throws and never waits. What is large, packed or waits for a disk is done by a thread in the background.
  void handle(const HttpRequest& request, Responder respond);

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
  struct Exchange;

  void add_routes(const endpoints::Endpoint& endpoint);
  Match match(std::string_view method, std::span<const std::string_view> parts) const;
  Answer<void> admit(Exchange& exchange);
  void audit(const Exchange& exchange, int status) const;
  void answer(std::shared_ptr<Exchange> exchange);
  void dispatch(const std::shared_ptr<Exchange>& exchange);
  void respond(Exchange& exchange, HttpResponse response);

  endpoints::Context context_;
  std::size_t max_body_bytes_;
  std::vector<Route> routes_;  // the most literal ones first
  Background background_{2};   // ends first
};

}  // namespace upkeep::serve
