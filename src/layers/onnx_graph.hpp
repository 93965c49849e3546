// A layer that is a graph of ONNX's operators, for layers that somebody wrote in Python and exported: what they compute, whatever it is.
#pragma once

#include <map>
#include <string>

#include "layers/view/architecture.hpp"

namespace upkeep::layers {

struct OnnxGraph {
  Json settings;    // of a layer of kind "onnx_graph"
  Weights weights;  // by their names in the layer
};

// The model's graph: its inputs are what the layer reads, its float32 initializers are the layer's weights. Throws Error{kUnsupported}:
// sub-graphs, operators of other domains than ONNX's own, an optional output that is left out.
OnnxGraph onnx_graph_of(Model model);

// What stands for layers of Keras, by the name of a layer or of a class.
using StandIns = std::map<std::string, OnnxGraph>;

}  // namespace upkeep::layers
