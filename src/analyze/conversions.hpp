// The conversions of a quantised graph (QuantizeLinear, DequantizeLinear), as properties of the nodes that read their results: so that a
// quantised model lies beside its float one node by node.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "graph/graph.hpp"

namespace upkeep {

struct Conversion {
  std::string source;            // the value that is rounded; of a constant its integers
  std::optional<Tensor> floats;  // of a constant: what its integers stand for
  std::string how;               // "int8 of 4 bits, 64 scales"; "uint8 in [-3.1, 4.2]"
};

class Conversions {
 public:
  explicit Conversions(const Model& model);
  // Of a value that a DequantizeLinear makes; nullptr where it is none, or of a form that is shown as nodes.
  const Conversion* of(const std::string& value) const;
  bool hides(const Node& node) const { return !node.outputs.empty() && hidden_.contains(node.outputs[0]); }

 private:
  std::map<std::string, Conversion> by_value_;
  std::set<std::string> hidden_;  // first outputs of nodes
};

}  // namespace upkeep
