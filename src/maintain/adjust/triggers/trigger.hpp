// Triggers: when a model needs attention. Pure functions over what the monitor found; the same report gives the same decision.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "maintain/decision.hpp"
#include "maintain/monitor/monitor.hpp"

namespace upkeep::triggers {

struct TriggerEntry {
  std::string name;  // "quality"
  std::string help;
  Settings settings;
  // What the monitor must measure for it, added to the options. Throws Error{kInvalidArgument} for settings that are wrong.
  std::function<void(const Json& settings, MonitorOptions& options)> prepare;
  // Fires only on evidence: what cannot be told (too few rows or labels, a value that is NaN) is unknown, and the reason says so.
  std::function<Decision(const MonitorReport& report, const Json& settings)> decide;
};
using TriggerCatalog = Catalog<TriggerEntry>;
const TriggerCatalog& catalog();

// --- for the members ---------------------------------------------------------------------------------------------------

// The setting of each trigger that says what unknown means: "unknown" (the pass says so, and ends in it where nothing fires), "quiet" (as
// if nothing were wrong), or "fire".
template <typename T>
Field unknown_field(std::string T::* member) {
  return field("unknown", member, "what it means when it cannot be told: said as unknown, taken for quiet, or fired on",
               one_of({"unknown", "quiet", "fire"}));
}
// An answer that cannot be told, as the setting has it.
Decision cannot_tell(Decision decision, const std::string& reason, const std::string& policy);

}  // namespace upkeep::triggers
