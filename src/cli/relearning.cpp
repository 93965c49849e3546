#include "cli/relearning.hpp"

#include "base/progress.hpp"
#include "train/training_request.hpp"
#include "train/validation.hpp"

namespace upkeep {

Relearner::Relearner(const RelearningRequest& request, const Model& before, std::uint64_t seed)
    : request_(request), before_(before), seed_(seed) {
  if (request.epochs == 0) return;
  if (request.data.empty()) throw Error(ErrorCode::kInvalidArgument, "--epochs trains on rows", "give them with --data FILE");
  const TrainingRequest training{.target = request.target,
                                 .features = request.features,
                                 .ignore = request.ignore,
                                 .loss = request.loss,
                                 .optimizer = request.optimizer};
  compile_ = compile_for(before, training);
  HeldOut parts = hold_out(training_data_for(before, request.data, training, *compile_), request.validation, seed);
  rows_ = std::move(parts.training);
  held_out_ = std::move(parts.validation);
}

Relearning Relearner::how() const {
  return {.compile = *compile_,
          .rows = *rows_,
          .epochs = request_.epochs,
          .batch_size = request_.batch_size,
          .seed = seed_,
          .teaching = {.label_weight = request_.label_weight},
          .show_progress = true};
}

Model Relearner::learnt(const Model& changed) const {
  if (!asked()) return changed;
  Relearnt made = relearn(changed, before_, how());
  note_training(made.why_not);
  return std::move(made.model);
}

Acceptance Relearner::acceptance() const { return held_out_ ? Acceptance(request_, before_, *held_out_) : Acceptance(request_, before_); }

void note_training(const std::string& why_not_taught) {
  if (!why_not_taught.empty()) note("trained by the labels alone, as the model before cannot teach: " + why_not_taught);
}

}  // namespace upkeep
