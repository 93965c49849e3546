// How long each node of a model takes, as the runtime measures it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace upkeep {

struct ProfileOptions {
  int threads = 0;  // as of a session
  int runs = 30;    // at most; at least three are measured, and no more than a second's worth
};

struct Profile {
  // Medians over the runs, as many as the graph has nodes: 0 where the runtime folded a node into another one. A fused node (Conv and Relu)
  // is the one that does the work. Measuring adds a few microseconds to each; so much is taken off each that together they take no longer
  // than a whole run without it.
  std::vector<double> node_us;
  std::vector<bool> ran;  // false: folded into another node, or computed beforehand
  double runtime_us = 0;  // nodes of the runtime's own: other layouts in memory
  double run_us = 0;      // a whole run
  int runs = 0;
};

// Runs the model on `inputs`, after two runs that do not count. Throws Error as Session does.
Profile profile(const Model& model, const Tensors& inputs, const ProfileOptions& options = {});

}  // namespace upkeep
