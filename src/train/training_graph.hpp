// The graphs that training runs: from rows, targets and weights to loss and predictions, and for training to the gradients as well.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "graph/graph.hpp"
#include "train/compile.hpp"
#include "train/trainable.hpp"

namespace upkeep {

// An output of the model that has a loss.
struct TrainedOutput {
  std::string name;  // the model's
  OutputCompile compile;
  ValueInfo targets;                   // input; of the predictions' shape, or class indices [batch, ..., 1] int64
  bool padded = false;                 // targets may have fewer steps than the predictions: zeros go behind them
  bool elementwise = false;            // the loss compares element by element: a target of one column can stand for many equal ones
  ValueInfo predictions;               // output
  std::optional<ValueInfo> mask = {};  // output float32 [batch, steps]: 1 for the steps that metrics count; absent for all
  bool all_heed_mask = false;          // whether all metrics heed it, as Keras 2's do, or those that do so in Keras 3
  std::string loss;                    // output: a scalar, before its weight and without penalties; the total when there is one output
};

// Weights are inputs ("LAYER/WEIGHT"), so one session serves all values of them. For sessions with kernels::domain().
struct TrainingGraph {
  Model model;
  std::vector<ValueInfo> data;         // the model's own inputs; the first dimension is the batch
  std::shared_ptr<const Model> texts;  // what makes some of `data` of the model's inputs of texts; null: it has none
  std::vector<TrainedOutput> outputs;  // at least one
  std::string sample_weights;          // input float32[batch] by which the rows' losses are multiplied; empty: none
  std::string loss;                    // output: a scalar, the weighted sum of the outputs' losses, with penalties
  std::vector<std::string> weights;    // inputs
  std::vector<std::pair<std::string, std::string>> gradients;  // weight, output; none in a graph for evaluation
  std::vector<std::string> untouched;                          // weights without a gradient: a step leaves them as they are
  std::vector<std::pair<std::string, std::string>> updates;    // weight that is not trained, output: what it is after this step
  std::vector<std::pair<std::string, Dims>> random;            // inputs to fill with uniform [0, 1) numbers for each run
};

enum class SampleWeights { kNone, kGiven };

TrainingGraph training_graph(const Trainable& trainable, const Compile& compile, SampleWeights weights = SampleWeights::kNone);
// Layers as for inference (no dropout), the same loss and penalties, no gradients.
TrainingGraph evaluation_graph(const Trainable& trainable, const Compile& compile, SampleWeights weights = SampleWeights::kNone);

}  // namespace upkeep
