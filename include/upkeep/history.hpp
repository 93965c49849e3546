// What happened while a model was trained. A plain value.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace upkeep {

// Figures by name, in the order they are shown: {"loss", 0.31}, {"mae", 0.4}.
using Figures = std::vector<std::pair<std::string, double>>;

// One row per epoch: loss, metrics, val_loss, val_..., learning_rate, seconds.
struct History {
  std::vector<Figures> epochs;
  // One figure over all epochs that have it; empty when none has.
  std::vector<double> series(std::string_view name) const;
};

}  // namespace upkeep
