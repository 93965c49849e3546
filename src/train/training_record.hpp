// What a model file says about its training: JSON in the metadata under kTrainingKey, beside the optimiser's slots in
// Model::training_tensors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "train/optimizers/shared/slots.hpp"
#include "train/trainer.hpp"

namespace upkeep {

// {"compile": ..., "iteration": 400, "epoch": 100, "learning_rate": 0.001, "seed": 7, "threads": 2, "history": ..., "fit": ...}; no member
// is required.
struct TrainingRecord {
  std::optional<Compile> compile;
  std::int64_t iteration = 0;           // updates so far; Adam's bias correction and schedules count on from here
  std::int64_t epoch = 0;               // epochs so far
  std::optional<double> learning_rate;  // today's, where a schedule or the user has changed it
  std::optional<std::uint64_t> seed;    // of the last fit(): the order of rows, dropout
  std::optional<int> threads;           // of the last fit(): the order of sums
  History history;                      // without "seconds": equal training gives equal bytes
  Json fit;                             // in a checkpoint: what fit() was doing; else null
};

// Empty when the model has none. Throws Error{kCorrupt}.
TrainingRecord training_record_of(const Model& model);
void set_training_record(Model& model, const TrainingRecord& record);

// The optimiser's variables at these places, as kept in the model; nullopt where there is none that fits.
std::vector<std::optional<Tensor>> slots_of(const Model& model, const std::vector<optimizers::SlotPlace>& places);

}  // namespace upkeep
