// Which numbers of a graph without layers are weights.
#pragma once

#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace upkeep {

struct GraphWeights {
  std::vector<std::string> weights;     // float32 initializers of rank 1 and more that an operator computes with, in file order
  std::vector<std::string> statistics;  // those of them that BatchNormalization normalises by: they move, but not by a gradient
  // Initializers of the same kind that only set how an operator works: scales and zero points of quantisation, bounds of a Clip, scales
  // of a Resize, thresholds of comparisons, ... Weights only for those who ask.
  std::vector<std::string> settings;
};

GraphWeights graph_weights(const Graph& graph);

}  // namespace upkeep
