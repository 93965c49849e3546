// Where the variables of an optimiser are: in memory beside the weights, and in files by name.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "train/optimizers/optimizer.hpp"

namespace upkeep::optimizers {

// One variable: a slot of a weight.
struct SlotPlace {
  std::string name;  // "momentum/dense/kernel"
  Shape shape;
  std::size_t slot = 0;  // of Optimizer::slots()
  std::size_t weight = 0;
};
// All of them, in the order in which Keras saves the variables of an optimiser (behind iteration and learning rate).
std::vector<SlotPlace> slot_places(const Optimizer& optimizer, std::span<const Weight> list);

// The memory of all slots. It stays where it is for the life of this object.
class Slots {
 public:
  // `weights` are the values that slots which start as their weight start from.
  Slots(const Optimizer& optimizer, std::span<const Weight> list, std::span<const float> weights);
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;
  Slots(Slots&&) = default;
  Slots& operator=(Slots&&) = default;

  std::span<const SlotValues> values() const { return values_; }
  std::span<float> of(const SlotPlace& place) { return values_[place.slot].of(place.weight); }
  std::span<const float> of(const SlotPlace& place) const { return values_[place.slot].of(place.weight); }
  const std::vector<SlotPlace>& places() const { return places_; }
  // The start of one element that stands beside a weight's; of the others, nothing to say.
  void restart(std::size_t element, float weight);

  // All values, and back to such.
  const std::vector<std::vector<float>>& memory() const { return memory_; }
  void assign(const std::vector<std::vector<float>>& memory);

 private:
  std::vector<Slot> slots_;
  std::vector<SlotPlace> places_;
  std::vector<std::vector<float>> memory_;
  std::vector<std::vector<std::size_t>> begins_;
  std::vector<SlotValues> values_;
};

}  // namespace upkeep::optimizers
