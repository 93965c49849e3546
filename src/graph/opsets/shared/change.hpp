// Nodes of one operator set written in another one.
#pragma once

#include <map>
#include <set>

#include "graph/opsets/adapter.hpp"

namespace upkeep::opsets {

// Node by node and version by version, so that everything that does not change stays as it is: names, types, documentation, metadata.
//
//   1. an operator whose definition is the same in both versions stays
//   2. an adapter of this room writes it as the next version does
//   3. a node that the next version allows just as it stands (mostly, versions add types)
//   4. where the next version has no such operator, or not for these types, what ONNX defines it by
class Change {
 public:
  // Looks at operator sets and functions of `around`, which must outlive this; its graph is not read. `functions`: calls of the model's own
  // functions stay, or are written out.
  enum class Functions { kStay, kWrittenOut };
  Change(const Model& around, std::int64_t from, std::int64_t to, NewValues& made, Functions functions = Functions::kStay);

  // The graph, its sub-graphs included. Constants that become attributes go when nothing else reads them. Throws Error{kUnsupported} naming
  // the node that cannot be written there.
  Graph operator()(const Graph& graph) const { return converted(graph, nullptr); }

 private:
  Graph converted(const Graph& graph, const Known* outer) const;
  Known known_values(const Graph& graph, const Known* outer) const;
  std::vector<Node> converted(Node node, Known& known) const;
  std::vector<Node> steps(std::vector<Node> nodes, std::int64_t from, Known& known) const;
  std::vector<Node> step(Node node, std::int64_t from, std::int64_t to, Known& known) const;
  std::vector<Node> adapted(Adapt adapt, Node node, std::int64_t from, std::int64_t to, Known& known) const;
  std::vector<Node> adapted_or_written_out(Adapt adapt, const Node& node, std::int64_t from, std::int64_t to, Known& known) const;
  std::optional<std::vector<Node>> stepped_body(const Node& node, std::int64_t from, std::int64_t to, Known& known) const;
  std::optional<std::vector<Node>> written_out(const Node& node, std::int64_t version, Known& known) const;
  void learn(const std::vector<Node>& nodes, std::int64_t version, Known& known) const;
  bool is_own(const Node& node) const;

  const Model& around_;
  const std::int64_t from_;
  const std::int64_t to_;
  NewValues& made_;
  const Functions functions_;
  std::set<std::pair<std::string, std::string>> own_;  // domain and name of the model's functions
};

// Why the operator set does not allow the node; "" where it does.
std::string misfit(const Node& node, std::int64_t version, const Known& known);
// Attributes that say what is the case without them, where version `to` does not know them.
void drop_defaults(Node& node, std::int64_t from, std::int64_t to);
// The tensor that a node makes of constants alone, where that is easily told.
std::optional<Tensor> constant_result(const Node& node, const Known& known);

}  // namespace upkeep::opsets
