#include "maintain/adjust/triggers/trigger.hpp"

namespace upkeep::triggers {

Decision cannot_tell(Decision decision, const std::string& reason, const std::string& policy) {
  decision.unknown = true;
  decision.yes = policy == "fire";
  decision.reason = reason;
  decision.evidence["unknown_means"] = policy;
  return decision;
}

}  // namespace upkeep::triggers
