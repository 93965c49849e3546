// Checkpoints of fit(): a model file with the training record in it, written whole or not at all after whole epochs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "train/trainer_state.hpp"
#include "train/training_data.hpp"

namespace upkeep {

// What fit() was doing: `options` must be the same for the run to go on bit for bit; the rest is where it had got to.
struct FitRecord {
  Json options;                  // run_options()
  std::int64_t begin_epoch = 0;  // epochs before this fit()
  double initial_rate = 0;       // what its schedule began with
  Json schedule_state = nullptr;
};
Json to_json(const FitRecord& record);
FitRecord fit_record_from_json(const Json& json);

// What decides the numbers of a run, beside the model and its compile settings: {seed, batch_size, shuffle, schedule, keep_zeros, data,
// validation}.
Json run_options(const FitOptions& options, const TrainingData& data, const std::optional<TrainingData>& validation);

void save_checkpoint(const std::filesystem::path& file, const TrainerState& state, const FitRecord& record);

// Takes the checkpoint's state over when it belongs to the same model, settings and data as `expected`. nullopt when there is no such file.
// Throws Error{kCorrupt} when it is no checkpoint, {kFailedPrecondition} with the differences when it belongs to another run; `state` is
// then as it was.
std::optional<FitRecord> load_checkpoint(const std::filesystem::path& file, TrainerState& state, const FitRecord& expected);

}  // namespace upkeep
