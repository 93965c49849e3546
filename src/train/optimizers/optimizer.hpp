// Optimisers: Keras's formulas as fused loops over all parameters at once, in flat buffers.
//
// Every loop is elementwise and compiled without contraction to fused multiply-add, so results do not depend on the machine's vector width.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/catalog.hpp"

namespace upkeep::optimizers {

struct Step {
  std::int64_t iteration = 1;  // 1 for the first update
  double learning_rate = 0;
};

// Keras's gradient clipping, by the names of its settings; at most one is set.
struct Clipping {
  std::optional<double> clipnorm;         // largest L2 norm of each weight's gradient
  std::optional<double> clipvalue;        // largest magnitude of each element
  std::optional<double> global_clipnorm;  // largest L2 norm of all gradients together
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  virtual std::vector<std::string> slots() const = 0;  // Keras's names in Keras's order: {"momentum", "velocity"}
  virtual double learning_rate() const = 0;            // the setting
  virtual Clipping clipping() const { return {}; }
  // One update in place. All spans have the same length; `slots[i]` belongs to slots()[i] and starts as slot_start(i).
  virtual void update(std::span<float> weights, std::span<const float> gradients, std::span<float* const> slots,
                      const Step& step) const = 0;
  virtual float slot_start(std::size_t) const { return 0.0f; }
  // How many of the first slots Keras saves weight by weight; it saves each of the rest for all weights in turn.
  virtual std::size_t interleaved_slots() const { return 1; }
};

// Clips in place. Weight i owns gradients [ends[i - 1], ends[i]).
void clip(std::span<float> gradients, std::span<const std::size_t> ends, const Clipping& clipping);

// The names "SLOT/WEIGHT" of all slots, in the order in which Keras saves the variables of an optimiser (behind iteration and learning
// rate).
std::vector<std::string> slot_names(const Optimizer& optimizer, const std::vector<std::string>& weights);

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
