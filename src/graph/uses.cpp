#include "graph/uses.hpp"

#include "graph/subgraph.hpp"

namespace upkeep {

Uses::Uses(const Graph& graph) {
  for (const ValueInfo& output : graph.outputs) outputs_.insert(output.name);
  for (Id id = 0; id < graph.nodes.size(); ++id) add(id, graph.nodes[id]);
}

void Uses::add(Id id, const Node& node) {
  for (const std::string& name : reads_of(node)) readers_[name].insert(id);
  for (const std::string& name : node.outputs)
    if (!name.empty()) producers_[name] = id;
}

void Uses::remove(Id id, const Node& node) {
  for (const std::string& name : reads_of(node)) readers_[name].erase(id);
  for (const std::string& name : node.outputs) producers_.erase(name);
}

std::optional<Uses::Id> Uses::producer(std::string_view value) const {
  const auto found = producers_.find(value);
  return found == producers_.end() ? std::nullopt : std::optional(found->second);
}

const std::set<Uses::Id>& Uses::readers(std::string_view value) const {
  static const std::set<Id> kNone;
  const auto found = readers_.find(value);
  return found == readers_.end() ? kNone : found->second;
}

std::optional<Uses::Id> Uses::only_reader(std::string_view value) const {
  const std::set<Id>& all = readers(value);
  if (all.size() != 1 || is_output(value)) return std::nullopt;
  return *all.begin();
}

}  // namespace upkeep
