// Activation functions under Keras's names, written in standard operators.
//
// As a setting, an activation is null (none), a name ("relu"), a name with settings ("leaky_relu:negative_slope=0.1"), or Keras's
// {"class_name": "leaky_relu", "config": {"negative_slope": 0.1}}; the classes ReLU, LeakyReLU, ELU and Softmax are understood as well.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "graph/ops.hpp"

namespace upkeep::layers {

struct Activation {
  std::string name = "linear";       // Keras's, without aliases
  Json parameters = Json::object();  // all of them
  bool operator==(const Activation&) const = default;
};

// Throws Error{kInvalidArgument}: no such activation or parameter (with the candidates), a parameter of a wrong type.
Activation read_activation(const Json& setting);
// The shortest setting that means it: the name where all parameters have their default.
Json activation_setting(const Activation& activation);
Value activate(Ops& ops, Value x, const Activation& activation);
inline Value activate(Ops& ops, Value x, const Json& setting) { return activate(ops, x, read_activation(setting)); }
std::vector<std::string> activation_names();

class GraphView;  // layers/view/graph_view.hpp

// A piece of a foreign graph that is one activation, by whichever operators it is written in.
struct RecognisedActivation {
  Activation activation;
  std::vector<std::size_t> nodes;  // indices into graph.nodes
  std::string input;               // value names
  std::string output;
};
// The activation that starts at graph.nodes[node]; the largest where several fit.
std::optional<RecognisedActivation> recognise_activation(const GraphView& graph, std::size_t node);
// The activation that reads `value`, where nothing else does.
std::optional<RecognisedActivation> recognise_activation_after(const GraphView& graph, const std::string& value);

}  // namespace upkeep::layers
