// What one pass of maintenance is told: upkeep.yaml (docs/maintain-yaml.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/settings.hpp"
#include "maintain/monitor/feature_drift.hpp"
#include "registry/address.hpp"

namespace upkeep {

struct MaintainOptions {
  RegistryAddress registry;
  std::string model;
  std::string alias = "production";
  std::filesystem::path log;            // empty: the registry's
  std::filesystem::path reference;      // what the model was trained on; empty: what its version was published with
  std::vector<std::string> targets;     // the reference's; none: the model's
  std::vector<std::string> features;    // none: the model's
  std::vector<std::string> categories;  // features that are categories, beside those that the model knows as such
  std::vector<std::string> metrics;     // none: the model's
  double window_hours = 0;              // only the last hours, 0: since the version went live
  std::int64_t window_rows = 0;         // only the last rows, 0: all
  std::vector<NamedSettings> measures = kDriftMeasures;
  std::string correction = "benjamini-hochberg";
  double confidence = 0.95;             // of the monitor's intervals
  double held_out = 0.3;                // part of the labelled requests that no action sees and gates judge by
  std::int64_t min_new_rows = 30;       // newly labelled rows that an action needs, held-out ones not counted
  std::uint64_t seed = 0;               // of bootstraps
  std::vector<NamedSettings> triggers;  // any of them starts the actions
  std::vector<NamedSettings> actions;   // in order
  std::vector<NamedSettings> gates;     // all of them must open
  bool promote = true;                  // false: a candidate that passes is published, and a person promotes it
};

// Throws Error naming file and key: an unknown key or name, a wrong type, no trigger, action or gate. Relative paths count from the file's
// folder.
MaintainOptions load_maintain(const std::filesystem::path& file);
// The same from the settings themselves, with paths relative to `folder`.
MaintainOptions maintain_options(const Json& settings, const std::filesystem::path& folder);
// Everything that decides, without paths: recorded with each decision.
Json to_json(const MaintainOptions& options);
// The described keys of upkeep.yaml, for the reference page.
const Settings& maintain_settings();

}  // namespace upkeep
