// A model as a list of parts that can be held beside those of another model: its layers, or the nodes of its graph.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "graph/graph.hpp"

namespace upkeep {

struct ModelPart {
  std::string name;
  std::string kind;                 // of the layer, or the operator
  Json settings = Json::object();   // all of them, defaults filled in, each in one spelling
  Json given = Json::object();      // those that are not left at their defaults, as they were written
  std::vector<std::string> inputs;  // parts or inputs that it reads
  std::vector<std::pair<std::string, Tensor>> weights;
};

// In the order of computation. Throws Error{kUnsupported} where the model has no layer view.
std::vector<ModelPart> layer_parts(const Model& model);
// Weights are the initializers that a node reads; one that several read belongs to the first. Conversions between floats and integers are
// settings of the nodes that read their results, and weights what their integers stand for.
std::vector<ModelPart> node_parts(const Model& model);

}  // namespace upkeep
