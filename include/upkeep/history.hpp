// What happened while a model was trained. A plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace upkeep {

// Figures by name, in the order they are shown: {"loss", 0.31}, {"mae", 0.4}.
using Figures = std::vector<std::pair<std::string, double>>;

// Something that happened beside the figures: a rollback, an early stop.
struct TrainingEvent {
  std::int64_t epoch = 0;  // in which it happened, from 1
  std::int64_t batch = 0;  // of that epoch, from 1; 0: at its end
  std::string kind;        // "rollback", "early-stopping", ...
  std::string text;        // one line for people
};

// One row per epoch: loss, metrics, val_loss, val_..., learning_rate, seconds.
struct History {
  std::vector<Figures> epochs;
  std::vector<TrainingEvent> events;
  std::optional<std::size_t> best;  // index of the epoch whose weights a callback put back; none: the weights are the last epoch's
  // The figures of the epoch whose weights the model has; empty when there is no epoch.
  Figures kept() const;
  // One figure over all epochs that have it; empty when none has.
  std::vector<double> series(std::string_view name) const;
};

}  // namespace upkeep
