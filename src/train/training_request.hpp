// Compile settings and datasets from what somebody asks for by names of columns, losses and metrics.
#pragma once

#include <string>
#include <vector>

#include "data/table.hpp"
#include "train/compile.hpp"
#include "train/trainer.hpp"

namespace upkeep {

struct TrainingRequest {
  std::vector<std::string> target;  // columns; OUTPUT=COLUMN for a model with several outputs
  std::vector<std::string> features;
  std::vector<std::string> ignore;
  std::string sample_weight;              // column
  std::vector<std::string> loss;          // LOSS, or OUTPUT=LOSS of each output
  std::vector<std::string> loss_weights;  // OUTPUT=NUMBER
  std::string optimizer;
  std::string schedule;              // of this run
  std::vector<std::string> metrics;  // METRIC, or OUTPUT=METRIC
  std::vector<std::string> freeze;   // patterns
  std::vector<std::string> rates;    // PATTERN=MULTIPLIER
  bool trains = true;                // or only measures, and no optimiser is asked for
};

// What the request says, else what the model was compiled with. Throws Error{kInvalidArgument} where neither says a loss.
Compile compile_for(const Model& model, const TrainingRequest& request);

// The dataset of a table, for these settings.
Dataset training_data_for(const Model& model, const Table& table, const TrainingRequest& request, const Compile& compile);
// The dataset in `file`, for these settings. Throws Error naming file and column.
Dataset training_data_for(const Model& model, const std::string& file, const TrainingRequest& request, const Compile& compile);

// Whether the loss is of the probability of one of two classes, which texts may name.
bool compares_two_classes(const NamedSettings& loss);

// "balanced", or CLASS=WEIGHT,... ; classes by name where the data has names.
ClassWeights class_weights_for(const std::vector<std::string>& texts, const Dataset& data);

}  // namespace upkeep
