// Who makes and who reads each value of a graph: an index that answers at once, however large the graph is.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "graph/graph.hpp"

namespace upkeep {

class Uses {
 public:
  using Id = std::size_t;  // of a node: its place in the graph's list, or any number that the caller gives it

  // Of a graph as it is: ids are places in graph.nodes. The index does not follow changes; add() and remove() tell it of them.
  explicit Uses(const Graph& graph);

  std::optional<Id> producer(std::string_view value) const;
  // The nodes that read the value, themselves or in their sub-graphs, each once, in ascending order.
  const std::set<Id>& readers(std::string_view value) const;
  // The only node that reads the value; nullopt when there are several, or when the graph gives it as an output.
  std::optional<Id> only_reader(std::string_view value) const;
  bool is_output(std::string_view value) const { return outputs_.contains(value); }

  void add(Id id, const Node& node);
  void remove(Id id, const Node& node);  // the node as it was added

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  template <typename T>
  using ByName = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  ByName<Id> producers_;
  ByName<std::set<Id>> readers_;
  std::unordered_set<std::string, Hash, std::equal_to<>> outputs_;
};

}  // namespace upkeep
