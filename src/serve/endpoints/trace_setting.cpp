// The trace extension: requests are not traced into files of the server's.

#include "serve/endpoints/shared/fixed_settings.hpp"

namespace upkeep::endpoints {

static serve::Answer<Json> trace_setting(const Request& request) {
  static const Json settings{{"trace_level", {"OFF"}}, {"trace_rate", "1000"}, {"trace_count", "-1"},
                             {"log_frequency", "0"},   {"trace_file", ""},     {"trace_mode", "triton"}};
  if (!request.model.empty())
    if (const auto version = request.context.engine.find(request.model, ""); !version) return std::unexpected(version.error());
  return fixed_settings(settings, request.body);
}

void add_trace_setting(EndpointCatalog& catalog) {
  const std::vector<std::string> paths{"/v2/trace/setting", "/v2/models/{model}/trace/setting"};
  catalog.add({.name = "trace-setting",
               .help = "Which requests are traced into files",
               .method = "GET",
               .paths = paths,
               .rpc = "TraceSetting",
               .rpc_field = "settings",
               .document = trace_setting});
  catalog.add({.name = "trace-setting-change",
               .help = "Refuses every change but to what is set",
               .role = Role::kAdmin,
               .method = "POST",
               .paths = paths,
               .body = {{"type", "object"}},
               .document = trace_setting});
}

}  // namespace upkeep::endpoints
