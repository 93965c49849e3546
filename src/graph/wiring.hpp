// A graph under change: who makes and who reads each value, kept true while nodes are added, changed and taken away. A copyable value, so
// that a change can be tried.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "graph/graph.hpp"
#include "graph/nodes.hpp"
#include "graph/uses.hpp"

namespace upkeep {

class Wiring {
 public:
  using Id = Uses::Id;  // of a node, for as long as this lives

  // Of the graph of `model`, with types as far as they can be inferred.
  explicit Wiring(const Model& model);
  // The graph: nodes in topological order, nothing that nobody needs.
  Graph finish() const;

  std::vector<Id> ids() const;  // of the nodes there are: the old ones in their order, then new ones
  bool alive(Id id) const { return nodes_[id].has_value(); }
  const Node& node(Id id) const { return *nodes_[id]; }
  std::optional<Id> producer(const std::string& value) const { return uses_.producer(value); }
  std::set<Id> readers(const std::string& value) const { return uses_.readers(value); }
  std::optional<Id> only_reader(const std::string& value) const { return uses_.only_reader(value); }
  bool is_output(const std::string& value) const { return uses_.is_output(value); }
  // The tensor of a value that is the same in every run: an initializer that is no input, or a Constant node's. Otherwise nullptr.
  const Tensor* constant(const std::string& value) const;
  const ValueType* type(const std::string& value) const;     // nullptr: not known
  std::optional<Dims> dims(const std::string& value) const;  // nullopt: not even the rank is known

  void set_type(const std::string& value, ValueType type);
  Id add(Node node, const std::vector<ValueType>& outputs);    // names of outputs must be free
  void change(Id id, const std::function<void(Node&)>& edit);  // what it makes and reads is looked at anew
  void remove(Id id);
  std::string add_constant(const std::string& base, Tensor tensor);
  std::string fresh(const std::string& base);  // a free name that begins with `base`
  // All readers of `from`, sub-graphs included, read `to`; outputs of the graph stay as they are.
  void forward(const std::string& from, const std::string& to);
  // Takes out a node whose first output equals `input`. False: it must stay, as an output of the graph is made by it and cannot be renamed;
  // its other readers are forwarded all the same.
  bool bypass(Id id, const std::string& input);

 private:
  void take_in(Id id);
  void take_out(Id id);
  void rename(const std::string& from, const std::string& to);
  std::string free_node_name(const std::string& base) const;

  Graph graph_;  // its nodes are in nodes_
  std::vector<std::optional<Node>> nodes_;
  Uses uses_;
  std::unordered_map<std::string, std::size_t> initializers_;
  std::unordered_map<std::string, ValueType> types_;
  std::unordered_set<std::string> names_;
  std::unordered_map<std::string, int> node_names_;  // how many nodes have it
};

// Calls `work` with each sub-graph of the model's graph, innermost first, as a model of its own; what it returns is added up. Captured
// values are then names that nobody makes.
std::size_t in_subgraphs(Model& model, const std::function<std::size_t(Model& inner)>& work);

bool has_one_element(const Wiring& wiring, const std::string& value);

}  // namespace upkeep
