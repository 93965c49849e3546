// Predictions and targets of the same rows, checked and brought to one shape and to float64. What all metrics begin with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "metrics/metric.hpp"
#include "upkeep/error.hpp"
#include "upkeep/tensor.hpp"

namespace upkeep::metrics {

struct Pairs {
  Tensor prediction_tensor;  // keeps the memory of the spans
  Tensor target_tensor;
  std::span<const double> predictions;  // row-major
  std::span<const double> targets;
  std::span<const float> weights;  // [rows], or empty: all ones
  std::size_t rows = 0;
  std::size_t prediction_width = 0;  // elements in a row
  std::size_t target_width = 0;
  std::size_t classes = 1;  // the last axis of the predictions; 1 for [N]
  bool single = true;       // the predictions are no wider than float32: bounds are those of float32, as Keras cuts and compares

  std::span<const double> prediction(std::size_t row) const { return predictions.subspan(row * prediction_width, prediction_width); }
  std::span<const double> target(std::size_t row) const { return targets.subspan(row * target_width, target_width); }
  // A bound that predictions are compared with, as precise as they are.
  double bound(double value) const { return single ? static_cast<double>(static_cast<float>(value)) : value; }
  double weight(std::size_t row) const { return weights.empty() ? 1.0 : static_cast<double>(weights[row]); }
};

// All four throw Error{kInvalidArgument} when the shapes do not go together.

// Equal shapes; a last axis of 1 may be there or not (Keras: squeeze_or_expand_to_same_rank). Nothing is broadcast.
Pairs same_shape(const Tensor& predictions, const Tensor& targets, std::span<const float> weights);
// Predictions [N, ..., K], one class index for each [N, ...]: targets [N, ...] or [N, ..., 1].
Pairs with_class_indices(const Tensor& predictions, const Tensor& targets, std::span<const float> weights);
// Same shapes, or class indices, which become one-hot rows [N, ..., K].
Pairs with_labels(const Tensor& predictions, const Tensor& targets, std::span<const float> weights);
enum class Scores { kProbabilities, kLogits };
// As with_labels(), but of two classes that are given by index, predictions [N, 2], only how likely class 1 is against its label: the
// yes-or-no question that a rate or a curve of two classes is about. (Keras takes no indices here.) Of logits that is their difference.
Pairs with_yes_or_no(const Tensor& predictions, const Tensor& targets, std::span<const float> weights,
                     Scores scores = Scores::kProbabilities);
// Whether they are two classes that are given by index.
bool are_two_classes(const Tensor& predictions, const Tensor& targets);

// The other accumulator as one of the same type. Throws Error{kInvalidArgument} otherwise.
template <typename M>
const M& same_kind(const Metric& other) {
  if (const auto* same = dynamic_cast<const M*>(&other)) return *same;
  throw Error(ErrorCode::kInvalidArgument, "metrics of different kinds do not merge");
}
inline void expect_same_settings(bool same) {
  if (!same) throw Error(ErrorCode::kInvalidArgument, "metrics with different settings do not merge");
}

}  // namespace upkeep::metrics
