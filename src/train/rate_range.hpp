// The learning-rate range test (Smith 2015): raise the rate step by step, watch the loss, suggest a rate. On a copy: the model is not
// changed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/table.hpp"
#include "train/compile.hpp"

namespace upkeep {

struct RateRangeOptions {
  double lowest = 1e-7;
  double highest = 10;
  std::int64_t steps = 200;  // the rate grows by the same factor in each
  std::int64_t batch_size = 32;
  std::uint64_t seed = 0;
  double smoothing = 0.9;  // share of the running mean of the loss kept per step
  double stop_factor = 4;  // ends when the smoothed loss is this many times its lowest
  int threads = 0;         // 0: one per core
};

struct RateRange {
  std::vector<double> rates;
  std::vector<double> losses;    // of the batches
  std::vector<double> smoothed;  // bias-corrected running mean
  double lowest_at = 0;          // the rate at the lowest smoothed loss
  double steepest_at = 0;        // the rate where the smoothed loss falls fastest, over the logarithm of the rate
  double suggestion = 0;         // the steepest, but at most a tenth of lowest_at
  bool falls = false;            // false: the loss falls nowhere by more than its noise; the suggestion is then not worth much
  std::string ended;             // why it ended: "the highest rate was reached", "the loss is 4 times its lowest", ...
};

// Throws Error as Trainer::fit() does.
RateRange learning_rate_range(const Model& model, const Compile& compile, const Dataset& data, const RateRangeOptions& options = {});

}  // namespace upkeep
