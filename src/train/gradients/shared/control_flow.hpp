// How the sub-graphs of If, Loop and Scan hang together with their node, and how gradients flow in them.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "graph/subgraph.hpp"
#include "train/gradients/shared/path.hpp"

namespace upkeep::gradients {

// One sub-graph of a node. All numbers are places in lists of inputs and outputs.
struct Wiring {
  std::string attribute;  // "body", "then_branch"
  GraphPtr graph;
  std::vector<std::optional<std::size_t>> inputs;   // of each of the graph's inputs, the node's input: its first value, or its parts
  std::vector<std::optional<std::size_t>> outputs;  // of each of the graph's outputs, the node's output
  std::vector<std::pair<std::size_t, std::size_t>> carried;  // from an output of the graph to its input in the next step
};
std::vector<Wiring> wirings(const Node& node);  // empty for all other operators

// The graph with the types of its inputs, as far as they hold in every step: a dimension that a Loop changes is unknown.
Graph typed_body(Ops& ops, const Node& node, const Wiring& wiring);

// Which values of a body gradients flow through, in some step.
struct BodyFlow {
  Path path;
  std::vector<bool> sources;  // inputs of the graph that depend on what is wanted
  std::vector<bool> targets;  // outputs of the graph at which a gradient can arrive
};
// `wanted` and `arriving` are about inputs and outputs of the node; `captures` are the outer values that are wanted.
BodyFlow body_flow(Subgraph& body, const Wiring& wiring, const std::vector<bool>& wanted, const std::set<std::string>& captures,
                   const std::vector<bool>& arriving);
// The same, where `on_path` are the outer values that gradients flow through.
BodyFlow body_flow(Subgraph& body, const Wiring& wiring, const Node& node, const Names& on_path);

// What a repeated body takes from one of the node's inputs, or adds to one of its outputs: one part a step.
struct Part {
  std::size_t at_node;  // number of the node's input or output
  std::size_t in_body;  // number of the graph's input or output
  std::int64_t axis;
  std::int64_t direction;  // 0: the first step has the first part, 1: the last
};
struct Repeated {
  Wiring wiring;
  std::vector<Part> taken, stacked;
  std::vector<Attribute> attributes_for_more(const Node& node, std::size_t more) const;  // of a node that stacks `more` further outputs
};
// The rule of Scan and Loop.
Grads differentiate_repeated(const ForwardNode& node, Ops& ops, const Repeated& steps);

std::string body_prefix(const Ops& ops, const Node& node, const Wiring& wiring);  // of the names of what is made in a sub-graph
ValueType type_of(const Ops& ops, const std::string& name);
ValueType without_axis(ValueType type, std::int64_t axis);
std::vector<std::int64_t> list_attribute(const Node& node, const char* name, std::size_t count);  // zeros by default

// Throws when a node makes random numbers: running it again would make others.
void refuse_random(const Graph& graph);
bool is_random(const Node& node);

}  // namespace upkeep::gradients
