// Gates: whether a candidate may replace the current version. Pure functions over the answers of both to the same rows.
// A gate fails closed: too few rows, or a metric without a value, is a no.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "maintain/decision.hpp"
#include "maintain/update/paired.hpp"

namespace upkeep::gates {

struct GateFacts {
  PairedAnswers held_out;   // labelled rows of the log that the candidate was never trained on
  PairedAnswers reference;  // the table that the current version was trained on; both know it
  std::uint64_t seed = 0;   // of the bootstrap
};

struct GateEntry {
  std::string name;  // "better"
  std::vector<std::string> aliases = {};
  std::string help;
  Settings settings;
  std::function<void(const Json& settings)> check;  // throws Error{kInvalidArgument} for settings that are wrong
  std::function<Decision(const GateFacts& facts, const Json& settings)> decide;
};
using GateCatalog = Catalog<GateEntry>;
const GateCatalog& catalog();

}  // namespace upkeep::gates
