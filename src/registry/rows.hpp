// The rows of a registry: versions, and events that say what became of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace upkeep {

struct ModelVersion {
  std::string model;         // [A-Za-z0-9][A-Za-z0-9._-]{0,127}
  std::int64_t version = 0;  // 1, 2, ... as numbered by publish
  std::string artifact;      // SHA-256 of the ONNX file
  std::int64_t size_bytes = 0;
  TimePoint created{};
  std::string actor;
  std::string description;           // the last one given
  Json facts = Json::object();       // metrics, lineage, tool versions: whatever the publishers knew, the last word of each counts
  std::vector<std::string> aliases;  // that point here now
};

// One line of history. Nothing is ever changed or removed; aliases, holds and deletions are a fold over these (fold.hpp).
struct Event {
  std::int64_t id = 0;
  TimePoint time{};
  // published, described (new facts of bytes that were published before), promoted, rolled_back, alias_removed, held, released, deleted,
  // restored (deleted bytes published again); others are decisions.
  std::string kind;
  std::string model;
  std::string alias;                 // empty where none is concerned
  std::optional<std::int64_t> from;  // version
  std::optional<std::int64_t> to;
  std::string actor;
  std::string reason;
  Json evidence = Json::object();
};

}  // namespace upkeep
