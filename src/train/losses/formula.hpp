// What several losses are written in.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/settings.hpp"
#include "train/losses/loss.hpp"

namespace upkeep::losses {

inline constexpr float kEpsilon = 1e-7f;  // keras.backend.epsilon()

// The settings of all losses.
struct Reduced {
  std::string reduction = "sum_over_batch_size";
};

template <typename T, typename... Own>
Settings describe_loss(std::string name, std::string help, Own... own) {
  const Choices reductions = one_of({"sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"});
  return describe<T>(
      std::move(name), std::move(help), std::move(own)...,
      field("reduction", static_cast<std::string T::*>(&T::reduction), "how the losses of the samples become one number", reductions));
}

// The entry of a loss with nothing but these.
LossEntry plain_loss(LossEntry entry);

// The values before the activation, where a loss can be computed without cancellation: the predictions themselves with `from_logits`, or
// what goes into the activation along `axis` that made them (Keras on TensorFlow does so too). Otherwise absent.
Value logits_of(Ops& ops, Value predictions, std::string_view activation, bool from_logits, std::int64_t axis = -1);

// Within [epsilon, 1 - epsilon].
Value clipped_probability(Ops& ops, Value value);

// Targets moved towards the mean of K classes: t * (1 - s) + s / K, with K the size of the last axis.
Value smoothed(Ops& ops, Value targets, double smoothing);
// Towards 1/2.
Value smoothed_binary(Ops& ops, Value targets, double smoothing);

// -(t log(p) + (1 - t) log(1 - p)) of each element.
Value binary_crossentropy_of(Ops& ops, Value predictions, Value targets, bool from_logits);

// x / max(|x|, epsilon) along an axis: Keras's normalize().
Value unit_vectors(Ops& ops, Value value, std::int64_t axis);

}  // namespace upkeep::losses
