// The page for people: what serves, how busy it is, what went wrong last, and a form to try a model.

#include "serve/endpoints/endpoint.hpp"
#include "serve/page/assets.hpp"

namespace upkeep::endpoints {

static void page(const HttpCall&, Responder respond) {
  // The page asks nobody but this server, and may not be put into another's frame.
  respond({.body = std::string(serve::kPage),
           .content_type = "text/html; charset=utf-8",
           .headers = {{"Content-Security-Policy",
                        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
                        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
                       {"X-Content-Type-Options", "nosniff"},
                       {"Referrer-Policy", "no-referrer"}}});
}

void add_page(EndpointCatalog& catalog) {
  catalog.add({.name = "page",
               .help = "A page with the models, their queues, recent errors and a form to try one",
               .role = Role::kOpen,
               .method = "GET",
               .paths = {"/"},
               .http = page});
}

}  // namespace upkeep::endpoints
