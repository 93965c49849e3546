// The trainer: one gradient graph, bound buffers, a fused optimiser step. Deterministic: the same seed, data, options and number of threads
// give the same bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/settings.hpp"
#include "data/table.hpp"
#include "graph/graph.hpp"
#include "train/compile.hpp"
#include "train/ranks.hpp"
#include "upkeep/history.hpp"

namespace upkeep {

Json to_json(const History& history);
History history_from_json(const Json& json);

// Weights by class, as Keras's class_weight: each row's loss times the weight of its class; 1 where none is given.
using ClassWeights = std::map<std::int64_t, double>;

struct FitOptions {
  std::int64_t epochs = 1;  // more of them: 100 after 100 makes 200
  std::int64_t batch_size = 32;
  double validation_split = 0.0;  // Keras's: the last part of the rows (train/validation.hpp draws them)
  std::optional<Dataset> validation;
  bool shuffle = true;
  std::uint64_t seed = 0;
  std::optional<NamedSettings> schedule;  // of this run; none: the one that the model was compiled with
  std::vector<NamedSettings> callbacks;   // of the room train/callbacks: early stopping, rollback, logs
  std::vector<NamedSettings> augment;     // of the room data/augment: what is done to the first input of each batch
  int loader_threads = 1;                 // that augment in the background; the numbers do not depend on it
  ClassWeights class_weights;             // of class indices, one-hot or 0/1 targets
  std::filesystem::path checkpoint;       // empty: none. Written atomically after every `checkpoint_every` epochs and at the end;
                                          // never over the checkpoint of another run
  std::int64_t checkpoint_every = 1;
  bool resume = false;     // go on from `checkpoint`, bit for bit; where there is none yet, start
  int threads = 0;         // 0: one per core, or as many as the checkpoint was trained with
  bool keep_zeros = true;  // weights that pruning set to zero stay zero (the model's pruning mask)
  bool show_progress = true;
  std::function<void(std::int64_t epoch, const Figures& figures)> on_epoch;  // epochs that the model has seen, this one included
  std::shared_ptr<Ranks> ranks;                                              // those that train together; none: this process alone
  std::function<bool()> stop;                                                // polled per batch; true ends after a checkpoint
};

struct TrainerState;

class Trainer {
 public:
  // `model` needs a layer view (or gets one by recognition). Optimiser slots in model.training_tensors are taken over when they fit
  // `compile`.
  Trainer(Model model, Compile compile);
  ~Trainer();
  Trainer(Trainer&&) noexcept;
  Trainer& operator=(Trainer&&) noexcept;

  // The epochs of this call, with those that a resumed checkpoint had done. An epoch that does not come to its end leaves no trace: when it
  // is stopped, or throws because the loss is not finite (Error with epoch and batch), weights, slots and history are those from before it.
  // Throws Error{kInvalidArgument} when the data does not fit the model; {kFailedPrecondition} when the checkpoint belongs to another run.
  History fit(const Dataset& data, const FitOptions& options = {});
  // Loss (with penalties) and metrics over all rows.
  // `threads` 0: as many as the last fit() had, or one per core.
  Figures evaluate(const Dataset& data, std::int64_t batch_size = 256, int threads = 0);
  int threads() const;  // of the last fit(); 0: none was made
  void set_learning_rate(double rate);
  double learning_rate() const;
  // The model with today's weights, compile settings, optimiser slots and history in it.
  Model model() const;

 private:
  std::unique_ptr<TrainerState> state_;
};

// Predictions of any model over all rows of `inputs`, in batches: by output name. Scalars are the same for all rows. Inputs whose first
// axes differ (a state [2, N, H] beside samples [N, T]) go through the model once, as they stand.
Tensors predict(const Model& model, const Tensors& inputs, std::int64_t batch_size = 256, int threads = 0);

}  // namespace upkeep
