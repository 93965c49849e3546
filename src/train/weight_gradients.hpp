// The gradient of the loss with respect to a model's weights over a dataset: what criteria of pruning go by.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "data/table.hpp"
#include "train/compile.hpp"

namespace upkeep {

struct WeightGradient {
  std::vector<float> mean;    // of the batches' gradients, one number for each element, in order
  std::vector<float> square;  // mean of their squares: the diagonal of the empirical Fisher matrix, times 1 / batch size
};

struct WeightGradientOptions {
  std::int64_t batch_size = 32;
  std::int64_t batches = 100;  // at most; drawn from the shuffled rows
  std::uint64_t seed = 0;      // of the shuffling
  int threads = 0;             // 0: one per core
};

// Of the trainable weights, by name. Layers behave as in training, and the model stays as it is. Throws as Trainer does, and
// Error{kFailedPrecondition} where a loss is not finite.
std::map<std::string, WeightGradient> weight_gradients(const Model& model, const Compile& compile, const Dataset& data,
                                                       const WeightGradientOptions& options = {});

}  // namespace upkeep
