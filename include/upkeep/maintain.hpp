// The maintenance loop from a program of one's own: publish a model, and go through a pass: monitor -> triggers -> actions -> gates ->
// publish -> promote.
//
//   operate::publish({.registry = "reg", .name = "price", .model_file = "price.onnx", .reference = "train.csv", .targets = {"paid"}});
//   const operate::Pass pass =
//       operate::maintain({.registry = "reg", .model = "price", .triggers = {"drift"}, .actions = {"retrain"}, .gates = {"better"}});
//
// Every decision of a pass that led to something is an event in the registry, with its evidence. A pass in which nothing fires changes
// nothing. Several processes may work on one registry; one thread at a time makes a pass over a model. All throw Error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "upkeep/model.hpp"
#include "upkeep/monitor.hpp"

namespace upkeep::operate {

struct PublishOptions {
  std::filesystem::path registry;  // folder; made where there is none
  std::string name;
  std::filesystem::path model_file;  // in any known format
  std::filesystem::path reference;   // table that it was trained on, which is kept, and completes the signature; empty: none
  std::vector<std::string>
      targets;        // the table's columns that the answers are judged by: COLUMN, or OUTPUT=COLUMN; none: as the model says
  std::string alias;  // that points at the version from now on; empty: none
  std::string note;
};
// The new version's number. Throws where the table contradicts what the model reads; nothing is then published.
std::int64_t publish(const PublishOptions& options);

// What a published version reads and answers: with it a prediction log names and types its columns.
Signature published_signature(const std::filesystem::path& registry, const std::string& model, std::int64_t version);

// A published version, to run, judge, change or train on: "price:3", or "price@production".
// Throws Error{kNotFound} with the names, versions or aliases that there are.
api::Model published_model(const std::filesystem::path& registry, const std::string& reference);

// Triggers, actions and gates are "NAME" or "NAME:SETTING=VALUE,..." of `upkeep catalog maintain/adjust/triggers` and so on.
struct MaintainOptions {
  std::filesystem::path registry;
  std::string model;
  std::string alias = "production";
  std::filesystem::path log;                                        // empty: the registry's
  std::filesystem::path reference;                                  // empty: what the version was published with
  std::vector<std::string> triggers;                                // any of them starts the actions
  std::vector<std::string> actions;                                 // in order
  std::vector<std::string> gates;                                   // all of them must open
  std::vector<std::string> targets, categories, metrics, measures;  // as a monitor's
  double window_hours = 0;                                          // only the last hours of the log; 0: since the version went live
  std::int64_t window_rows = 0;                                     // only the last rows; 0: all
  double held_out = 0.3;           // share of labelled requests that no action sees and gates judge by, in (0, 1)
  std::int64_t min_new_rows = 30;  // newly labelled rows that an action needs, held-out ones not counted
  std::uint64_t seed = 0;
  bool promote = true;  // false: a candidate that passes is published, and a person promotes it
};

enum class Outcome {
  kQuiet,          // no trigger fired, and all of them could tell
  kUnknown,        // no trigger fired, and at least one could not tell
  kAlreadyJudged,  // one fired, but an earlier pass refused or deferred it and too few labels have come since
  kDeferred,       // one fired, but there are too few newly labelled rows to act on
  kRefused,        // a gate stayed shut, or somebody moved the alias meanwhile
  kPublished,      // the candidate passed and is a version now
  kPromoted,       // and the alias points at it
  kFailed,         // a step failed; its event says why
};

struct Step {
  std::string kind;  // "trigger", "action", "gate"
  std::string name;
  bool yes = false;      // it fired, it was done, it opened
  bool unknown = false;  // it could not be told; `yes` is what the settings make of that
  std::string reason;    // one sentence with the numbers
  std::string evidence;  // JSON
};

struct Pass {
  std::string model, alias;
  Outcome outcome = Outcome::kQuiet;
  std::string reason;                     // one sentence
  std::int64_t version = 0;               // that the alias pointed at when the pass began
  std::optional<std::int64_t> candidate;  // published by this pass
  std::vector<Step> steps;                // in order
  std::vector<std::int64_t> events;       // recorded in the registry
  Report report;                          // what the monitor saw
  std::string json, summary, page;        // as `upkeep maintain` prints and writes them
};

Pass maintain(const MaintainOptions& options);
// The same by an upkeep.yaml (docs/maintain-yaml.md).
Pass maintain(const std::filesystem::path& file);

}  // namespace upkeep::operate
