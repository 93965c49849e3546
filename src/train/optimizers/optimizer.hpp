// Optimisers: Keras's formulas as fused loops over all weights at once, in flat buffers.
//
// Loops are elementwise, dispatched at run time to the machine's widest vectors, and compiled without contraction to fused multiply-add:
// results do not depend on the width. Sums run in eight lanes of double, always the same ones.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep::optimizers {

struct Step {
  std::int64_t iteration = 1;  // 1 for the first batch
  double learning_rate = 0;
};

// One trainable weight. The weights stand one after another in the flat buffers.
struct Weight {
  std::string name;  // "dense/kernel"
  Shape shape;
  std::size_t begin = 0;
  std::size_t size = 0;
  double rate = 1.0;  // multiplies the learning rate; 0: the weight is frozen
  double weight_decay = 0.0;
};
// Weights of these names and shapes, one after another.
std::vector<Weight> lay_out(const std::vector<std::pair<std::string, Shape>>& weights);

// A variable that an optimiser keeps beside each weight.
struct Slot {
  std::string name;  // Keras's: "momentum"
  float start = 0.0f;
  int group = 0;                  // Keras saves the slots of one group weight by weight, and one group after another
  bool starts_as_weight = false;  // instead of at `start`
  // Its shape for a weight; nullopt where a weight has none. Null: the weight's shape, each element beside the weight's.
  std::function<std::optional<Shape>(const Weight&)> shape;
};

// The values of one slot for all weights: [begin[i], begin[i + 1]) belongs to weight i.
struct SlotValues {
  float* data = nullptr;
  std::span<const std::size_t> begin;
  std::span<float> of(std::size_t weight) const { return {data + begin[weight], begin[weight + 1] - begin[weight]}; }
};

struct Buffers {
  std::span<const Weight> list;
  std::span<float> weights;
  std::span<float> gradients;  // used up by an update
  std::span<const SlotValues> slots;
};

// What all of Keras's optimisers have in common, under its names.
struct Common {
  std::optional<double> weight_decay;
  std::vector<std::string> exclude_from_weight_decay;  // regular expressions, searched for in a weight's name
  std::optional<double> clipnorm;                      // at most one kind of clipping is set
  std::optional<double> clipvalue;
  std::optional<double> global_clipnorm;
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<std::int64_t> ema_overwrite_frequency;
  std::optional<double> loss_scale_factor;  // what the loss is multiplied by before its gradients are taken
  std::optional<std::int64_t> gradient_accumulation_steps;
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  virtual const Common& common() const = 0;
  virtual double learning_rate() const = 0;         // the setting
  virtual std::vector<Slot> own_slots() const = 0;  // in Keras's order
  // The share that decays; by default the setting. Weights whose names are excluded do not decay in any case.
  virtual double weight_decay(const Weight&) const { return common().weight_decay.value_or(0.0); }

  // own_slots() behind those that averaging and accumulation need.
  std::vector<Slot> slots() const;
  // Fills in what each weight decays by.
  void prepare(std::span<Weight> list) const;
  // One batch's gradients, of the loss times its scale: accumulation, clipping, decay, the step, averaging. In place; `all.slots` are those
  // of slots(). Frozen weights, and the slots beside them, stay as they are.
  void apply(const Buffers& all, const Step& step) const;
  // At the end of training: with use_ema, the weights become their average (Keras: finalize_variable_values).
  void finalize(const Buffers& all) const;

 protected:
  // One step. Here `iteration` counts updates, which may have taken several batches each, and `slots` are those of own_slots().
  virtual void update(const Buffers& buffers, const Step& step) const = 0;

 private:
  bool accumulate(const Buffers& all, const Step& step) const;
  void average(const Buffers& all, std::int64_t updates) const;
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
