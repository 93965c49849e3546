#include "serve/endpoints/shared/fixed_settings.hpp"

#include "base/format.hpp"
#include "base/names.hpp"
#include "serve/protocol/json_text.hpp"

namespace upkeep::endpoints {

using serve::RefusalCode;

// A list of one is as good as the one.
static Json without_list(const Json& value) { return value.is_array() && value.size() == 1 ? value[0] : value; }

serve::Answer<Json> fixed_settings(const Json& settings, const Json& wanted) {
  if (wanted.is_null()) return settings;
  if (!wanted.is_object()) return serve::refuse(RefusalCode::kInvalid, "a JSON object is expected");
  for (const auto& [name, value] : wanted.items()) {
    if (!settings.contains(name)) {
      std::vector<std::string> names;
      for (const auto& [known, _] : settings.items()) names.push_back(known);
      return serve::refuse(RefusalCode::kInvalid, unknown_name("setting", serve::printable(name), names).what());
    }
    if (!value.is_null() && without_list(value) != without_list(settings[name]))
      return serve::refuse(RefusalCode::kUnsupported, upkeep::format("setting \"{}\" is chosen when the server is started", name));
  }
  return settings;
}

}  // namespace upkeep::endpoints
