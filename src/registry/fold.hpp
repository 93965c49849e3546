// What the events of a registry say now: aliases, holds, deletions and later facts are a fold over them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "registry/rows.hpp"

namespace upkeep {

// Kinds of events that are written by the change itself.
bool is_reserved_kind(std::string_view kind);
// promoted, rolled_back, alias_removed
extern const std::vector<std::string> kMovesOfAlias;

struct ModelState {  // of one model
  // The versions that an alias has pointed at, oldest first, the last one now: a promotion puts one on top, a rollback takes one off, and a
  // deleted version is never come back to.
  std::map<std::string, std::vector<std::int64_t>> aliases;
  std::map<std::string, Event> holds;     // by alias
  std::map<std::int64_t, Event> deleted;  // by version
  std::map<std::int64_t, Json> facts;     // that were added to those of the version's row
  std::map<std::int64_t, std::string> described;

  std::int64_t current(const std::string& alias) const;  // 0: there is no such alias
};

ModelState fold(const std::vector<Event>& events);
// The row as it is meant now: with later facts and its aliases.
void apply(const ModelState& state, ModelVersion& version);

}  // namespace upkeep
