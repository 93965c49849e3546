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
  ForwardNode(const Node& node, std::vector<Value> inputs, std::vector<Value> outputs, std::vector<Value> grads)
      : node_(node), inputs_(std::move(inputs)), outputs_(std::move(outputs)), grads_(std::move(grads)) {}
  const Node& node() const { return node_; }
  Value input(std::size_t i) const { return i < inputs_.size() ? inputs_[i] : Value(); }
  Value output(std::size_t i) const { return outputs_.at(i); }
  Value grad(std::size_t i) const { return grads_.at(i); }  // absent when nobody reads that output
  std::size_t input_count() const { return inputs_.size(); }
  template <typename T>
  T attribute(std::string_view name, T fallback) const { return node_.get<T>(name, fallback); }

 private:
  const Node& node_;
  std::vector<Value> inputs_, outputs_, grads_;
};

using Grads = std::vector<Value>;  // one per input; an absent Value: no gradient flows there
using Rule = std::function<Grads(const ForwardNode& node, Ops& ops)>;

struct GradientEntry {
  std::string name;              // the operator, "Sigmoid"; the first of `ops`
  std::vector<std::string> aliases;  // further operators with the same rule
  std::string help;              // the formula, one line
  Rule rule;
  Settings settings = {};
};
using GradientCatalog = Catalog<GradientEntry>;
const GradientCatalog& catalog();

// Appends the gradients of `of` (a scalar) with respect to each value of `with_respect_to` to the graph of `ops`.
// A value that does not influence `of` gets zeros. Throws one Error{kUnsupported} that lists every operator on the way without a rule, with layer and place.
std::vector<Value> differentiate(Ops& ops, Value of, const std::vector<Value>& with_respect_to);

// Sums a gradient back over the axes that broadcasting added or stretched, so that it has the shape of `like`. Shared by all broadcasting rules.
Value sum_to_shape(Ops& ops, Value gradient, Value like);

}  // namespace upkeep::gradients
