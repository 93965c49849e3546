// A dataset as a training graph takes it: checked against the graph's inputs, element types converted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/table.hpp"
#include "train/training_graph.hpp"

namespace upkeep {

struct TrainingData {
  std::vector<Tensor> inputs;  // one per TrainingGraph::data
  Tensor targets;
  std::int64_t rows = 0;
};

// Throws Error{kInvalidArgument}: an input that is missing, shapes that do not fit, no rows, a class index that the model does not have
// (with the row).
TrainingData prepare(const TrainingGraph& graph, const Dataset& data);

// Number of rows and a hash of all of them, names and types included: {"rows": 100, "sha256": "..."}.
Json fingerprint(const TrainingData& data);

}  // namespace upkeep
