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
  // Fires only on evidence: too few rows or labels is a no, and the reason says so.
  std::function<Decision(const MonitorReport& report, const Json& settings)> decide;
};
using TriggerCatalog = Catalog<TriggerEntry>;
const TriggerCatalog& catalog();

}  // namespace upkeep::triggers
