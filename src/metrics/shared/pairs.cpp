#include "metrics/shared/pairs.hpp"

#include <cmath>
#include <utility>

#include "base/format.hpp"

namespace upkeep::metrics {

namespace {

Shape without_last_one(Shape shape) {
  if (shape.size() > 1 && shape.back() == 1) shape.pop_back();
  return shape;
}

bool are_indices(const Tensor& predictions, const Tensor& targets) {
  if (predictions.rank() < 2) return false;
  Shape positions = predictions.shape();
  positions.pop_back();
  const Shape& given = targets.shape();
  if (given == positions) return true;
  positions.push_back(1);
  return given == positions;
}

Error mismatch(const Tensor& predictions, const Tensor& targets, const char* hint) {
  return Error(
      ErrorCode::kInvalidArgument,
      upkeep::format("predictions {} and targets {} do not go together", to_string(predictions.shape()), to_string(targets.shape())), hint);
}

Pairs paired(const Tensor& predictions, const Tensor& targets, std::span<const float> weights) {
  if (predictions.rank() == 0 || targets.rank() == 0) throw mismatch(predictions, targets, "the first axis is the row");
  const auto rows = static_cast<std::size_t>(predictions.dim(0));
  if (!weights.empty() && weights.size() != rows)
    throw Error(ErrorCode::kInvalidArgument, upkeep::format("{} weights for {} rows", weights.size(), rows));
  Pairs pairs{.prediction_tensor = predictions.cast(DType::kFloat64),
              .target_tensor = targets.cast(DType::kFloat64),
              .weights = weights,
              .rows = rows,
              .single = size_bits(predictions.dtype()) <= 32};
  pairs.predictions = pairs.prediction_tensor.data<double>();
  pairs.targets = pairs.target_tensor.data<double>();
  if (rows > 0) {
    pairs.prediction_width = static_cast<std::size_t>(predictions.size()) / rows;
    pairs.target_width = static_cast<std::size_t>(targets.size()) / rows;
  }
  if (predictions.rank() > 1) pairs.classes = static_cast<std::size_t>(predictions.shape().back());
  return pairs;
}

// [N, ...] class indices as [N, ..., K] of zeros and ones.
Tensor one_hot(const Pairs& pairs, Shape shape) {
  const std::span<const double> indices = pairs.targets;
  std::vector<double> values(static_cast<std::size_t>(element_count(shape)), 0.0);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (!(indices[i] >= 0 && indices[i] < static_cast<double>(pairs.classes)) || indices[i] != std::floor(indices[i]))
      throw Error(ErrorCode::kInvalidArgument, upkeep::format("target {} is no class index", indices[i]),
                  upkeep::format("classes are 0 to {}", pairs.classes - 1));
    values[i * pairs.classes + static_cast<std::size_t>(indices[i])] = 1.0;
  }
  return Tensor(std::move(shape), std::move(values));
}

}  // namespace

Pairs same_shape(const Tensor& predictions, const Tensor& targets, std::span<const float> weights) {
  if (predictions.shape() != targets.shape() && without_last_one(predictions.shape()) != without_last_one(targets.shape()))
    throw mismatch(predictions, targets, "they need the same shape");
  return paired(predictions, targets, weights);
}

Pairs with_class_indices(const Tensor& predictions, const Tensor& targets, std::span<const float> weights) {
  if (!are_indices(predictions, targets)) throw mismatch(predictions, targets, "one class index is needed for each row of predictions");
  return paired(predictions, targets, weights);
}

Pairs with_labels(const Tensor& predictions, const Tensor& targets, std::span<const float> weights) {
  if (predictions.shape() == targets.shape() || !are_indices(predictions, targets) || predictions.shape().back() == 1)
    return same_shape(predictions, targets, weights);
  Pairs pairs = with_class_indices(predictions, targets, weights);
  pairs.target_tensor = one_hot(pairs, predictions.shape());
  pairs.targets = pairs.target_tensor.data<double>();
  pairs.target_width = pairs.prediction_width;
  return pairs;
}

bool are_two_classes(const Tensor& predictions, const Tensor& targets) {
  return predictions.rank() == 2 && predictions.dim(1) == 2 && predictions.shape() != targets.shape() && are_indices(predictions, targets);
}

Pairs with_yes_or_no(const Tensor& predictions, const Tensor& targets, std::span<const float> weights, Scores scores) {
  const Pairs both = with_labels(predictions, targets, weights);
  if (!are_two_classes(predictions, targets)) return both;
  std::vector<double> yes, labels;
  for (std::size_t row = 0; row < both.rows; ++row) {
    const double no = both.prediction(row)[0];
    yes.push_back(both.prediction(row)[1] - (scores == Scores::kLogits ? no : 0));
    labels.push_back(both.target(row)[1]);
  }
  const Shape shape = {static_cast<std::int64_t>(both.rows), 1};
  return same_shape(Tensor(shape, std::move(yes)).cast(predictions.dtype()), Tensor(shape, std::move(labels)), weights);
}

}  // namespace upkeep::metrics
