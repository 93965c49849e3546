// A dataset as a training graph takes it: checked against the graph's inputs, element types converted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/table.hpp"
#include "train/trainer.hpp"
#include "train/training_graph.hpp"

namespace upkeep {

struct TrainingData {
  std::vector<Tensor> inputs;   // one per TrainingGraph::data
  std::vector<Tensor> targets;  // one per TrainingGraph::outputs
  Tensor sample_weights;        // [rows] float32; empty: all 1
  std::int64_t rows = 0;
};

// n / (classes * count) for each class (scikit-learn's "balanced"), of class indices, one-hot rows or 0/1 targets.
ClassWeights balanced_class_weights(const Tensor& targets);
// The data's sample weights, times those of the classes. Throws Error{kInvalidArgument} where the targets are no classes.
Tensor weights_with_classes(const TrainingData& data, const ClassWeights& weights);

// Throws Error{kInvalidArgument}: an input that is missing, shapes that do not fit, no rows, a class index that the model does not have
// (with the row).
TrainingData prepare(const TrainingGraph& graph, const Dataset& data);

// Number of rows and a hash of all of them, names and types included: {"rows": 100, "sha256": "..."}.
Json fingerprint(const TrainingData& data);

}  // namespace upkeep
