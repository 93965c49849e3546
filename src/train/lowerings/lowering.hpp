// Operators that are written in others before a graph is differentiated or trained: they have no gradient rule of their own.
// One member of this room per operator. Calls of functions (the model's own, and operators that ONNX defines by others) need no member.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "graph/ops.hpp"

namespace upkeep {

// The model with what only a composition can train written out, in sub-graphs too: calls of functions, and the operators of ai.onnx.ml,
// whose coefficients become initializers ("NODE/coefficients"). Standard operators stay as they are, but that a graph of operator sets 7 to
// 12 is written in set 18, which has gradients. Answers do not change; names of inputs and outputs stay. What cannot be written out stays,
// and is refused by differentiate() if a gradient has to pass it.
Model lowered(const Model& model);

}  // namespace upkeep

namespace upkeep::lowerings {

// The node that is to be written in other operators.
class Composite {
 public:
  Composite(const Node& node, std::vector<Value> inputs) : node_(node), inputs_(std::move(inputs)) {}
  const Node& node() const { return node_; }
  Value input(std::size_t i) const { return i < inputs_.size() ? inputs_[i] : Value(); }
  std::size_t input_count() const { return inputs_.size(); }
  bool has_output(std::size_t i) const { return i < node_.outputs.size() && !node_.outputs[i].empty(); }
  bool has(std::string_view attribute) const { return node_.find(attribute) != nullptr; }
  template <typename T>
  T attribute(std::string_view name, T fallback) const {
    return node_.get<T>(name, fallback);
  }

 private:
  const Node& node_;
  std::vector<Value> inputs_;
};

// One value per output of the node; those that the node does not have may be absent.
using Rule = std::function<std::vector<Value>(const Composite& node, Ops& ops)>;

struct LoweringEntry {
  std::string name;                  // the operator
  std::vector<std::string> aliases;  // further operators with the same rule
  std::string help;                  // what it becomes, one line
  std::string domain;                // of the operator; "" is ai.onnx
  Rule rule;
  std::vector<std::string> makers = {};  // operators that make what it reads, and go with it: those of sequences
  Settings settings = {};
};
using LoweringCatalog = Catalog<LoweringEntry>;
const LoweringCatalog& catalog();

bool can_lower(Ops& ops, const Node& node);
// Replaces the node, in its place. Names of new values begin with the node's.
void lower(Ops& ops, const Node& node);

}  // namespace upkeep::lowerings
