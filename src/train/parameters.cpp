#include "train/parameters.hpp"

#include <algorithm>
#include <cmath>

namespace upkeep {

Parameters::Parameters(const std::vector<NamedWeight>& specs, const Weights& values, const optimizers::Optimizer& optimizer) {
  std::size_t count = 0;
  for (const bool trainable : {true, false}) {
    for (const NamedWeight& spec : specs) {
      if (spec.spec.trainable != trainable) continue;
      const auto size = static_cast<std::size_t>(element_count(spec.spec.shape));
      list_.push_back({spec.name, spec.spec.shape, count, size, trainable});
      count += size;
      if (trainable) ends_.push_back(count);
    }
    if (trainable) trainable_count_ = list_.size();
  }
  weights_.resize(count);
  gradients_.resize(ends_.empty() ? 0 : ends_.back());
  for (std::size_t i = 0; i < optimizer.slots().size(); ++i) {
    slot_starts_.push_back(optimizer.slot_start(i));
    slots_.emplace_back(gradients_.size(), slot_starts_.back());
  }
  for (std::vector<float>& slot : slots_) slot_pointers_.push_back(slot.data());
  for (std::size_t i = 0; i < list_.size(); ++i) {
    const Tensor* value = find(values, list_[i].name);
    if (!value) throw Error(ErrorCode::kInternal, "weight \"" + list_[i].name + "\" has no value");
    assign(i, *value);
  }
}

static void copy_into(float* to, const Shape& shape, const std::string& name, const Tensor& value) {
  if (value.dtype() != DType::kFloat32 || value.shape() != shape)
    throw Error(ErrorCode::kUnsupported, "weight \"" + name + "\" is " + to_string(value.dtype()) + to_string(value.shape()),
                "training needs float32" + to_string(shape));
  std::ranges::copy(value.floats(), to);
}

static Tensor copy_of(const float* from, const Parameters::Weight& weight) {
  return Tensor(weight.shape, std::vector<float>(from, from + weight.size));
}

void Parameters::assign(std::size_t i, const Tensor& value) { copy_into(weight(i), list_[i].shape, list_[i].name, value); }

void Parameters::assign_slot(std::size_t slot, std::size_t i, const Tensor& value) {
  copy_into(slots_[slot].data() + list_[i].begin, list_[i].shape, list_[i].name, value);
}

Tensor Parameters::tensor(std::size_t i) const { return copy_of(weights_.data() + list_[i].begin, list_[i]); }
Tensor Parameters::slot_tensor(std::size_t slot, std::size_t i) const { return copy_of(slots_[slot].data() + list_[i].begin, list_[i]); }

void Parameters::update(const optimizers::Optimizer& optimizer, const optimizers::Step& step) {
  for (const std::size_t zero : zeros_) gradients_[zero] = 0.0f;
  optimizers::clip(gradients_, ends_, optimizer.clipping());
  optimizer.update(std::span(weights_).first(gradients_.size()), gradients_, slot_pointers_, step);
}

// With a gradient of zero and slots at their start, every optimiser leaves a zero where it is.
void Parameters::keep_zeros(const std::vector<std::string>& weights) {
  zeros_.clear();
  for (std::size_t i = 0; i < trainable_count_; ++i) {
    if (std::ranges::find(weights, list_[i].name) == weights.end()) continue;
    for (std::size_t at = list_[i].begin; at < list_[i].begin + list_[i].size; ++at)
      if (weights_[at] == 0.0f) zeros_.push_back(at);
  }
  for (std::size_t slot = 0; slot < slots_.size(); ++slot)
    for (const std::size_t zero : zeros_) slots_[slot][zero] = slot_starts_[slot];
}

bool Parameters::finite() const {
  return std::ranges::all_of(weights_, [](float weight) { return std::isfinite(weight); });
}

void Parameters::remember(Values& into) const {
  into.weights = weights_;
  into.slots = slots_;
}

void Parameters::go_back(const Values& to) {
  std::ranges::copy(to.weights, weights_.begin());
  for (std::size_t i = 0; i < slots_.size(); ++i) std::ranges::copy(to.slots[i], slots_[i].begin());
}

}  // namespace upkeep
