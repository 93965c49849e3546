// One pass of maintenance: monitor -> triggers -> actions -> gates -> publish -> promote.
//
// Quality and drift are judged on what the current version answered since it went live; drift against what that version was trained on. A
// pass in which nothing fires changes nothing. From the first trigger that fires on, each decision is an event in the registry with its
// evidence (numbers, window, thresholds, seeds, and the digest of everything the pass was decided from), so that a pass can be explained
// and replayed. Labels train the next candidate whichever version answered, unless the
// current version has learned from them already. What was refused is asked again only when the options or the version changed or
// `min_new_rows` more labels came. A step that fails leaves an event of what failed, and the alias where it was.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "maintain/decision.hpp"
#include "maintain/monitor/monitor.hpp"
#include "maintain/options.hpp"
#include "registry/registry.hpp"

namespace upkeep {

enum class Outcome {
  kQuiet,          // no trigger fired, and all of them could tell
  kUnknown,        // no trigger fired, and at least one could not tell
  kAlreadyJudged,  // one fired, but an earlier pass refused or deferred it and too few labels have come since
  kDeferred,       // one fired, but there are too few newly labelled rows to act on
  kRefused,        // a gate stayed shut, or somebody moved the alias meanwhile
  kPublished,      // the candidate passed and is a version now; `promote` is false
  kPromoted,       // and the alias points at it
  kFailed,         // a step failed
};
std::string_view to_string(Outcome outcome);  // "quiet", "unknown", "already judged", "deferred", ...

struct Step {
  std::string kind;  // "trigger", "action", "gate"
  std::string name;
  Decision decision;
};

struct MaintainResult {
  std::string model;
  std::string alias;
  Outcome outcome = Outcome::kQuiet;
  std::string reason;                     // one sentence
  std::int64_t version = 0;               // that the alias pointed at when the pass began
  std::optional<std::int64_t> candidate;  // published by this pass
  std::string digest;                     // SHA-256 of the facts
  History training;                       // of the candidate, where one was made
  std::vector<Step> steps;                // in order
  std::vector<std::int64_t> events;       // ids, as recorded in the registry
  MonitorReport report;
};

// Reads time from `clock`: what came later than its now() does not count. Throws Error when the pass cannot begin (no such model or alias,
// an unreadable log or reference); nothing is then recorded.
MaintainResult maintain(const MaintainOptions& options, Registry& registry, const Clock& clock = system_clock());

Json to_json(const MaintainResult& result);
std::string summary(const MaintainResult& result);        // a few lines for a terminal
std::string maintain_page(const MaintainResult& result);  // one self-contained HTML file, with the monitor's report

}  // namespace upkeep
