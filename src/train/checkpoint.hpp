// Checkpoints of fit(): a model file with the training record in it, written whole or not at all after whole epochs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "train/trainer_state.hpp"
#include "train/training_data.hpp"

namespace upkeep {

// A place in the run to which callbacks may go back.
struct Snapshot {
  Parameters::Values values;
  std::int64_t iteration = 0;
  std::int64_t epoch = 0;
  double rate = 0;
  Json schedule_state = nullptr;
  std::int64_t history = 0;  // epochs in it
};

// What fit() was doing: `options` must be the same for the run to go on bit for bit; the rest is where it had got to.
struct FitRecord {
  Json options;                  // run_options()
  std::int64_t begin_epoch = 0;  // epochs before this fit()
  double initial_rate = 0;       // what its schedule began with
  Json schedule_state = nullptr;
  std::vector<Json> callback_states = {};                        // one per callback that decides
  std::set<std::pair<std::int64_t, std::int64_t>> skipped = {};  // epoch, batch, both from 1: left out since a rollback
  std::map<std::string, Snapshot> snapshots = {};
  bool ended = false;  // by a callback
};
// Without the values of the snapshots, which are tensors of the model.
Json to_json(const FitRecord& record);
FitRecord fit_record_from_json(const Json& json);

// What decides the numbers of a run, beside the model and its compile settings: {seed, threads, batch_size, shuffle, schedule, keep_zeros,
// data, validation, ...}.
Json run_options(const FitOptions& options, const TrainingData& data, const std::optional<TrainingData>& validation);

void save_checkpoint(const std::filesystem::path& file, const TrainerState& state, const FitRecord& record);

// Takes the checkpoint's state over when it belongs to the same model, settings and data as `expected`. nullopt when there is no such file.
// Throws Error{kCorrupt} when it is no checkpoint, {kFailedPrecondition} with the differences when it belongs to another run; `state` is
// then as it was.
std::optional<FitRecord> load_checkpoint(const std::filesystem::path& file, TrainerState& state, const FitRecord& expected);

// The number of threads that the checkpoint was trained with; none where there is no such file, or it does not say.
std::optional<int> threads_of_checkpoint(const std::filesystem::path& file);

// Throws Error{kFailedPrecondition} when the file is there and is anything but a checkpoint of this run.
void expect_free_for(const std::filesystem::path& file, const TrainerState& state, const FitRecord& expected);

}  // namespace upkeep
