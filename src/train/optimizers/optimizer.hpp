// Optimisers: Keras's formulas as fused loops over all parameters at once, in flat buffers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/catalog.hpp"

namespace upkeep::optimizers {

struct Step {
  std::int64_t iteration = 1;  // 1 for the first update
  double learning_rate = 0;
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  virtual std::vector<std::string> slots() const = 0;  // Keras's names in Keras's order: {"momentum", "velocity"}
  virtual double learning_rate() const = 0;            // the setting
  // One update in place. All spans have the same length; `slots[i]` belongs to slots()[i] and starts as slot_start(i).
  virtual void update(std::span<float> weights, std::span<const float> gradients, std::span<float* const> slots, const Step& step) const = 0;
  virtual float slot_start(std::size_t) const { return 0.0f; }
};

struct OptimizerEntry {
  std::string name;                  // "adam"
  std::vector<std::string> aliases;  // "Adam"
  std::string help;
  Settings settings;
  std::function<std::unique_ptr<Optimizer>(const Json& settings)> make;
};
using OptimizerCatalog = Catalog<OptimizerEntry>;
const OptimizerCatalog& catalog();

}  // namespace upkeep::optimizers
