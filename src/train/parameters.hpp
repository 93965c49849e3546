// All weights of a model in one flat buffer, trainable ones first, with a gradient and the optimiser's slots for each trainable element
// beside them.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "layers/architecture.hpp"
#include "train/optimizers/optimizer.hpp"

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

  // Throws Error{kUnsupported} when a weight is not float32.
  Parameters(const std::vector<NamedWeight>& specs, const Weights& values, const optimizers::Optimizer& optimizer);

  const std::vector<Weight>& list() const { return list_; }
  std::size_t trainable_count() const { return trainable_count_; }  // of list()

  // Memory stays where it is for the life of this object: graphs are bound to it.
  float* weight(std::size_t i) { return weights_.data() + list_[i].begin; }
  float* gradient(std::size_t i) { return gradients_.data() + list_[i].begin; }
  std::span<float> gradients() { return gradients_; }
  std::span<float> slot(std::size_t i) { return slots_[i]; }
  std::size_t slot_count() const { return slots_.size(); }

  // One step of the optimiser over the gradients of the last run.
  void update(const optimizers::Optimizer& optimizer, const optimizers::Step& step);
  // Trainable elements of these weights that are exactly zero now stay so in every update; no names: none.
  void keep_zeros(const std::vector<std::string>& weights);

  bool finite() const;
  Tensor tensor(std::size_t i) const;  // a copy of list()[i]
  Tensor slot_tensor(std::size_t slot, std::size_t i) const;
  void assign(std::size_t i, const Tensor& value);
  void assign_slot(std::size_t slot, std::size_t i, const Tensor& value);

  // All values that training changes: weights and slots.
  struct Values {
    std::vector<float> weights;
    std::vector<std::vector<float>> slots;
  };
  void remember(Values& into) const;  // memory that `into` has is used again
  void go_back(const Values& to);     // what remember() gave, of these parameters

 private:
  std::vector<Weight> list_;
  std::size_t trainable_count_ = 0;
  std::vector<std::size_t> ends_;  // of the trainable ones
  std::vector<float> weights_;
  std::vector<float> gradients_;
  std::vector<std::vector<float>> slots_;
  std::vector<float*> slot_pointers_;
  std::vector<float> slot_starts_;
  std::vector<std::size_t> zeros_;
};

}  // namespace upkeep
