#include "registry/fold.hpp"

#include <algorithm>

namespace upkeep {

const std::vector<std::string> kMovesOfAlias = {"promoted", "rolled_back", "alias_removed"};

static const std::vector<std::string> kReserved = {"published", "described", "promoted", "rolled_back", "alias_removed",
                                                   "held",      "released",  "deleted",  "restored"};

bool is_reserved_kind(std::string_view kind) { return std::ranges::contains(kReserved, kind); }

std::int64_t ModelState::current(const std::string& alias) const {
  const auto found = aliases.find(alias);
  return found == aliases.end() || found->second.empty() ? 0 : found->second.back();
}

static void forget(ModelState& state, std::int64_t version) {
  for (auto& [alias, stack] : state.aliases) std::erase(stack, version);
}

static void roll_back(std::vector<std::int64_t>& stack, const Event& event) {
  if (!stack.empty()) stack.pop_back();
  if (event.to && (stack.empty() || stack.back() != *event.to)) stack.push_back(*event.to);
}

ModelState fold(const std::vector<Event>& events) {
  ModelState state;
  for (const Event& event : events) {
    if (event.kind == "promoted" && event.to) state.aliases[event.alias].push_back(*event.to);
    else if (event.kind == "rolled_back") roll_back(state.aliases[event.alias], event);
    else if (event.kind == "alias_removed") state.aliases.erase(event.alias), state.holds.erase(event.alias);
    else if (event.kind == "held") state.holds[event.alias] = event;
    else if (event.kind == "released") state.holds.erase(event.alias);
    else if (event.kind == "deleted" && event.to) state.deleted[*event.to] = event, forget(state, *event.to);
    else if (event.kind == "restored" && event.to) state.deleted.erase(*event.to);
    if ((event.kind == "described" || event.kind == "restored") && event.to) {
      if (event.evidence.contains("facts")) state.facts[*event.to].update(event.evidence["facts"]);
      if (event.evidence.contains("description")) state.described[*event.to] = event.evidence["description"].get<std::string>();
    }
  }
  return state;
}

void apply(const ModelState& state, ModelVersion& version) {
  if (const auto found = state.facts.find(version.version); found != state.facts.end()) version.facts.update(found->second);
  if (const auto found = state.described.find(version.version); found != state.described.end()) version.description = found->second;
  for (const auto& [alias, stack] : state.aliases)
    if (!stack.empty() && stack.back() == version.version) version.aliases.push_back(alias);
}

}  // namespace upkeep
