// All weights of a model in one flat buffer, trainable ones first, with gradients, the optimiser's slots and constraints for the trainable
// ones.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "layers/view/architecture.hpp"
#include "train/constraints/constraint.hpp"
#include "train/optimizers/optimizer.hpp"
#include "train/optimizers/shared/slots.hpp"

namespace upkeep {

class Parameters {
 public:
  struct Weight {
    std::string name;  // "dense/kernel"
    Shape shape;
    std::size_t begin;
    std::size_t size;
    bool trainable;
  };

  // Throws Error{kUnsupported} when a weight is not float32, {kInvalidArgument} when a constraint is none.
  Parameters(const std::vector<NamedWeight>& specs, const Weights& values, const optimizers::Optimizer& optimizer);

  const std::vector<Weight>& list() const { return list_; }
  std::size_t trainable_count() const { return trainable_count_; }  // of list()

  // Memory stays where it is for the life of this object: graphs are bound to it.
  float* weight(std::size_t i) { return weights_.data() + list_[i].begin; }
  float* gradient(std::size_t i) { return gradients_.data() + list_[i].begin; }
  std::span<float> gradients() { return gradients_; }

  // Multiplies the learning rate of a trainable weight; 0 freezes it, with its slots.
  void set_rate(std::size_t i, double multiplier) { trainable_[i].rate = multiplier; }

  // One step of the optimiser over the gradients of the last run, then the constraints. Uses up the gradients.
  void update(const optimizers::Optimizer& optimizer, const optimizers::Step& step);
  // At the end of training: with use_ema, the weights become their average.
  void finalize(const optimizers::Optimizer& optimizer) { optimizer.finalize(buffers()); }
  // Sets the elements of each trainable weight of rank 2 and more that are smallest in size to zero, down to this part of it, rounded to
  // the nearest whole number; equal ones by index.
  void prune(double sparsity);
  // Trainable elements of these weights that are exactly zero now stay so in every update; no names: none.
  void keep_zeros(const std::vector<std::string>& weights);

  bool finite() const;
  Tensor tensor(std::size_t i) const;  // a copy of list()[i]
  void assign(std::size_t i, const Tensor& value);
  // The optimiser's variables, in Keras's order; by index into it, copies of them.
  const std::vector<optimizers::SlotPlace>& slot_places() const { return slots_->places(); }
  Tensor slot_tensor(std::size_t place) const;
  void assign_slot(std::size_t place, const Tensor& value);

  // All values that training changes: weights and slots.
  struct Values {
    std::vector<float> weights;
    std::vector<std::vector<float>> slots;
  };
  void remember(Values& into) const;  // memory that `into` has is used again
  void go_back(const Values& to);     // what remember() gave, of these parameters

 private:
  optimizers::Buffers buffers();

  std::vector<Weight> list_;
  std::size_t trainable_count_ = 0;
  std::vector<optimizers::Weight> trainable_;
  std::vector<std::pair<std::size_t, constraints::Constraint>> constraints_;  // of trainable weights
  std::vector<float> weights_;
  std::vector<float> gradients_;
  std::unique_ptr<optimizers::Slots> slots_;
  std::vector<std::size_t> zeros_;
};

}  // namespace upkeep
