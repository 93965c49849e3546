// How a model is trained: what it is compiled with, and one run of training.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "upkeep/choices.hpp"
#include "upkeep/data.hpp"
#include "upkeep/history.hpp"

namespace upkeep::api {

// Of one output of a model with several.
struct OutputTraining {
  Loss loss{};
  double loss_weight = 1;
  std::vector<Metric> metrics{};
};

// How fast weights learn: the optimiser's rate times `multiplier`.
struct WeightRate {
  std::string pattern{};  // over "LAYER/WEIGHT" ("*/bias"), or a layer's name for all its weights
  double multiplier = 1;  // 0 freezes
};

struct CompileSettings {
  Optimizer optimizer = "adam";
  Loss loss = "mse";
  std::vector<Metric> metrics{};
  std::map<std::string, OutputTraining> outputs{};  // by output, in place of loss and metrics; one that is not named is not trained
  Schedule schedule{};                              // of the learning rate; none: the optimiser's
  std::vector<WeightRate> rates{};                  // the first pattern that fits a weight counts
};

// Stops a run from any thread; copies are the same token. A run that is cancelled ends as if its last whole epoch were the last one asked
// for: weights, history and checkpoint are those of that epoch.
class Cancellation {
 public:
  void cancel() const { *flag_ = true; }
  bool cancelled() const { return *flag_; }

 private:
  std::shared_ptr<std::atomic<bool>> flag_ = std::make_shared<std::atomic<bool>>(false);
};

enum class AfterEpoch { kGoOn, kStop };

struct FitSettings {
  std::int64_t epochs = 1;  // more of them: 100 after 100 makes 200
  std::int64_t batch_size = 32;
  double validation_split = 0;       // in [0, 1): as Data::split() holds out
  std::optional<Data> validation{};  // in place of a split
  bool shuffle = true;
  std::uint64_t seed = 0;             // of the order of rows, of dropout and of what is held out; recorded in the model
  Schedule schedule{};                // of this run; none: what the model was compiled with
  std::vector<Callback> callbacks{};  // callbacks::EarlyStopping, Rollback, Prune, ModelCheckpoint, ...
  std::vector<Augmenter> augment{};   // what is done to the first input of each batch, in order
  int loader_threads = 1;             // that augment in the background; the numbers do not depend on it
  ClassWeights class_weights{};
  std::filesystem::path checkpoint{};  // file to go on from; written whole every so many epochs, never over another run's; empty: none
  std::int64_t checkpoint_every = 1;   // epochs
  bool resume = false;                 // go on from `checkpoint`, to the bit; where there is none yet, start
  int threads = 0;                     // of the runtime; 0: one per core, or as many as the checkpoint was trained with
  bool keep_zeros = true;              // weights that pruning set to zero stay zero
  bool verbose = true;                 // a progress bar, on a terminal
  // Called by the thread that trains, after each epoch with its number (from 1, earlier runs included) and figures.
  std::function<AfterEpoch(std::int64_t epoch, const Figures& figures)> on_epoch{};
  Cancellation cancel{};
};

struct LearningRateTestSettings {
  double lowest = 1e-7;      // first rate
  double highest = 10;       // last rate
  std::int64_t steps = 200;  // batches; the rate grows by the same factor in each
  std::int64_t batch_size = 32;
  std::uint64_t seed = 0;
  int threads = 0;  // 0: one per core
};

// What the loss did while the learning rate rose (Smith 2015).
struct LearningRateTest {
  std::vector<double> rates{};
  std::vector<double> losses{};    // of the batches
  std::vector<double> smoothed{};  // bias-corrected running mean
  double suggestion = 0;           // where the loss falls fastest, but at most a tenth of lowest_at
  double steepest_at = 0;
  double lowest_at = 0;  // the rate at the lowest smoothed loss
  bool falls = false;    // false: the loss fell nowhere by more than its noise; take the suggestion with care
  std::string ended{};   // why it ended: "the highest rate was reached"
};

}  // namespace upkeep::api
