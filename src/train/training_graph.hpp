// The graphs that training runs: from rows, targets and weights to loss and predictions, and for training to the gradients as well.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "graph/graph.hpp"
#include "layers/architecture.hpp"
#include "train/trainer.hpp"

namespace upkeep {

// Weights are inputs ("LAYER/WEIGHT"), so one session serves all values of them. Standard operators only.
struct TrainingGraph {
  Model model;
  std::vector<ValueInfo> data;       // the model's own inputs; the first dimension is the batch
  ValueInfo targets;                 // input; of the predictions' shape, or class indices [batch, ..., 1] int64
  bool elementwise = false;          // the loss compares element by element: a target of one column can stand for many equal ones
  ValueInfo predictions;             // output
  std::string loss;                  // output: a scalar, with penalties
  std::vector<std::string> weights;  // inputs
  std::vector<std::pair<std::string, std::string>> gradients;  // weight, output; none in a graph for evaluation
  std::vector<std::pair<std::string, Dims>> random;            // inputs to fill with uniform [0, 1) numbers for each run
};

TrainingGraph training_graph(const Architecture& architecture, const Compile& compile);
// Layers as for inference (no dropout), the same loss and penalties, no gradients.
TrainingGraph evaluation_graph(const Architecture& architecture, const Compile& compile);

}  // namespace upkeep
