// A decision of the maintenance loop: an answer, the sentence that explains it, and every number it was made from.
#pragma once

#include <string>

#include "base/json.hpp"

namespace upkeep {

struct Decision {
  bool yes = false;      // a trigger fires, a gate opens
  bool unknown = false;  // it cannot be told; `yes` is then what the settings make of that
  std::string reason;    // one sentence with the numbers
  Json evidence = Json::object();
};

}  // namespace upkeep
