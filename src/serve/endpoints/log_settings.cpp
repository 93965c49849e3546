// The logging extension. What is written, and where, is chosen when the server is started: no request may name a file.

#include "serve/endpoints/shared/fixed_settings.hpp"

namespace upkeep::endpoints {

static serve::Answer<Json> log_settings(const Request& request) {
  static const Json settings{{"log_file", ""},    {"log_info", true},       {"log_warning", true},
                             {"log_error", true}, {"log_verbose_level", 0}, {"log_format", "default"}};
  return fixed_settings(settings, request.body);
}

void add_log_settings(EndpointCatalog& catalog) {
  catalog.add({.name = "log-settings",
               .help = "What the server writes about itself",
               .method = "GET",
               .paths = {"/v2/logging"},
               .rpc = "LogSettings",
               .rpc_field = "settings",
               .document = log_settings});
  catalog.add({.name = "log-settings-change",
               .help = "Refuses every change but to what is set",
               .role = Role::kAdmin,
               .method = "POST",
               .paths = {"/v2/logging"},
               .body = {{"type", "object"}},
               .document = log_settings});
}

}  // namespace upkeep::endpoints
