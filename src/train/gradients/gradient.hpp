// Gradients as graphs: one rule per operator, an expression in public ops. differentiate() walks a graph backwards and applies them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "graph/ops.hpp"

namespace upkeep::gradients {

// A node of the forward graph, and the gradients that have arrived at its outputs.
class ForwardNode {
 public:
  ForwardNode(const Node& node, std::vector<Value> inputs, std::vector<Value> outputs, std::vector<Value> grads, std::vector<bool> wanted)
      : node_(node), inputs_(std::move(inputs)), outputs_(std::move(outputs)), grads_(std::move(grads)), wanted_(std::move(wanted)) {}
  const Node& node() const { return node_; }
  Value input(std::size_t i) const { return i < inputs_.size() ? inputs_[i] : Value(); }
  Value output(std::size_t i) const { return i < outputs_.size() ? outputs_[i] : Value(); }
  // Broadcasts to the output's shape, but may be smaller: the gradient of a mean is one number. full_grad() in rule.hpp has the whole
  // shape. Absent when nobody reads that output.
  Value grad(std::size_t i) const { return grads_.at(i); }
  bool wants(std::size_t i) const { return i < wanted_.size() && wanted_[i]; }  // somebody asks for the gradient of input i
  std::size_t input_count() const { return node_.inputs.size(); }
  std::size_t output_count() const { return outputs_.size(); }
  // Values that the node's sub-graphs read from outside and whose gradients are asked for. They follow the inputs: capture(i) is
  // input(input_count() + i), and a rule returns their gradients after those of the inputs.
  std::size_t capture_count() const { return inputs_.size() - input_count(); }
  Value capture(std::size_t i) const { return inputs_.at(input_count() + i); }
  template <typename T>
  T attribute(std::string_view name, T fallback) const {
    return node_.get<T>(name, fallback);
  }

 private:
  const Node& node_;
  std::vector<Value> inputs_, outputs_, grads_;
  std::vector<bool> wanted_;
};

using Grads = std::vector<Value>;  // one per input, each broadcasting to it; an absent Value: no gradient flows there
using Rule = std::function<Grads(const ForwardNode& node, Ops& ops)>;

struct GradientEntry {
  std::string name;                  // the operator, "Sigmoid"; the first of `ops`
  std::vector<std::string> aliases;  // further operators with the same rule
  std::string help;                  // the formula, one line
  Rule rule;                         // none: the gradient is 0 almost everywhere, and stops here
  // Its integer outputs pass gradients on, when gradients reach its inputs: rounding counts as the identity ("straight through").
  bool through_integers = false;
  Settings settings = {};
};
using GradientCatalog = Catalog<GradientEntry>;
const GradientCatalog& catalog();

// A gradient that arrives at a value. It broadcasts to the value's shape.
struct Arrival {
  Value at;
  Value gradient;
};

// Appends the gradients of what arrives with respect to each value of `with_respect_to` to the graph of `ops`, each in the shape of its
// value: the sum over all arrivals of (gradient * d at / d value).
// A value without influence gets zeros; integers and booleans carry no gradient, but what a quantisation makes of floats. A graph of
// operator set 13 to 17 is raised to 18, which the rules are written in; an older one is refused.
//
// Operators of the room train/lowerings and calls of functions on the way are first written out in place (their outputs keep their names).
// If, Loop and Scan are differentiated together with their sub-graphs, which are made to give what the way back needs.
// Throws one Error{kUnsupported} that lists every operator on the way without a rule, sub-graphs included, with layer and place. A failed
// call leaves the nodes as they were (raised, if they had to be).
std::vector<Value> differentiate(Ops& ops, const std::vector<Arrival>& arrivals, const std::vector<Value>& with_respect_to);

// The same for one value. Without `incoming` it must be a single number, and 1 arrives.
std::vector<Value> differentiate(Ops& ops, Value of, const std::vector<Value>& with_respect_to, Value incoming = {});

// Sums a gradient back over the axes that broadcasting added or stretched, so that it has the shape of `like`. Shared by all broadcasting
// rules.
Value sum_to_shape(Ops& ops, Value gradient, Value like);

}  // namespace upkeep::gradients
