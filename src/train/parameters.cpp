#include "train/parameters.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace upkeep {

static std::vector<std::pair<std::string, Shape>> trainable_weights(const std::vector<NamedWeight>& specs) {
  std::vector<std::pair<std::string, Shape>> weights;
  for (const NamedWeight& weight : specs)
    if (weight.spec.trainable) weights.emplace_back(weight.name, weight.spec.shape);
  return weights;
}

Parameters::Parameters(const std::vector<NamedWeight>& specs, const Weights& values, const optimizers::Optimizer& optimizer)
    : trainable_(optimizers::lay_out(trainable_weights(specs))) {
  std::size_t count = 0;
  for (const bool trainable : {true, false}) {
    for (const NamedWeight& spec : specs) {
      if (spec.spec.trainable != trainable) continue;
      const auto size = static_cast<std::size_t>(element_count(spec.spec.shape));
      if (trainable && !spec.spec.constraint.is_null())
        constraints_.emplace_back(list_.size(), in_context("weight " + spec.name, [&] { return constraints::make(spec.spec.constraint); }));
      list_.push_back({spec.name, spec.spec.shape, count, size, trainable});
      count += size;
    }
    if (!trainable) continue;
    trainable_count_ = list_.size();
    gradients_.resize(count);
  }
  weights_.resize(count);
  for (std::size_t i = 0; i < list_.size(); ++i) {
    const Tensor* value = find(values, list_[i].name);
    if (!value) throw Error(ErrorCode::kInternal, "weight \"" + list_[i].name + "\" has no value");
    assign(i, *value);
  }
  optimizer.prepare(trainable_);
  slots_ = std::make_unique<optimizers::Slots>(optimizer, trainable_, weights_);
}

static void copy_into(float* to, const Shape& shape, const std::string& name, const Tensor& value) {
  if (value.dtype() != DType::kFloat32 || value.shape() != shape)
    throw Error(ErrorCode::kUnsupported, "weight \"" + name + "\" is " + to_string(value.dtype()) + to_string(value.shape()),
                "training needs float32" + to_string(shape));
  std::ranges::copy(value.floats(), to);
}

void Parameters::assign(std::size_t i, const Tensor& value) { copy_into(weight(i), list_[i].shape, list_[i].name, value); }

void Parameters::assign_slot(std::size_t place, const Tensor& value) {
  const optimizers::SlotPlace& to = slot_places()[place];
  copy_into(slots_->of(to).data(), to.shape, to.name, value);
}

Tensor Parameters::tensor(std::size_t i) const {
  const auto from = std::span(weights_).subspan(list_[i].begin, list_[i].size);
  return Tensor(list_[i].shape, std::vector<float>(from.begin(), from.end()));
}

Tensor Parameters::slot_tensor(std::size_t place) const {
  const std::span<const float> from = std::as_const(*slots_).of(slot_places()[place]);
  return Tensor(slot_places()[place].shape, std::vector<float>(from.begin(), from.end()));
}

optimizers::Buffers Parameters::buffers() {
  return {.list = trainable_, .weights = std::span(weights_).first(gradients_.size()), .gradients = gradients_, .slots = slots_->values()};
}

// The zeros are put back in the end, because the step of some optimisers (Muon) mixes the elements of a weight.
void Parameters::update(const optimizers::Optimizer& optimizer, const optimizers::Step& step) {
  for (const std::size_t zero : zeros_) gradients_[zero] = 0.0f;
  optimizer.apply(buffers(), step);
  for (const auto& [i, constraint] : constraints_)
    if (trainable_[i].rate != 0) constraint(list_[i].shape, {weight(i), list_[i].size});
  for (const std::size_t zero : zeros_) weights_[zero] = 0.0f;
}

void Parameters::prune(double sparsity) {
  for (std::size_t i = 0; i < trainable_count_; ++i) {
    const Weight& weight = list_[i];
    if (weight.shape.size() < 2) continue;
    std::vector<std::pair<float, std::size_t>> order;
    for (std::size_t at = weight.begin; at < weight.begin + weight.size; ++at) order.emplace_back(std::abs(weights_[at]), at);
    const auto count = static_cast<std::size_t>(std::floor(sparsity * static_cast<double>(weight.size) + 0.5));
    if (count < order.size()) std::ranges::nth_element(order, order.begin() + static_cast<std::ptrdiff_t>(count));
    for (std::size_t k = 0; k < std::min(count, order.size()); ++k) weights_[order[k].second] = 0.0f;
  }
}

void Parameters::keep_zeros(const std::vector<std::string>& weights) {
  zeros_.clear();
  for (std::size_t i = 0; i < trainable_count_; ++i) {
    if (std::ranges::find(weights, list_[i].name) == weights.end()) continue;
    for (std::size_t at = list_[i].begin; at < list_[i].begin + list_[i].size; ++at)
      if (weights_[at] == 0.0f) zeros_.push_back(at);
  }
  for (const std::size_t zero : zeros_) slots_->restart(zero, 0.0f);
}

bool Parameters::finite() const {
  return std::ranges::all_of(weights_, [](float weight) { return std::isfinite(weight); });
}

void Parameters::remember(Values& into) const {
  into.weights = weights_;
  into.slots = slots_->memory();
}

void Parameters::go_back(const Values& to) {
  std::ranges::copy(to.weights, weights_.begin());
  slots_->assign(to.slots);
}

}  // namespace upkeep
