// Circle loss (Sun et al. 2020), over the pairs of a batch. Predictions are embeddings of length 1, targets class indices. With the
// distance d = max(1 - p_i . p_j, 0), P the pairs of one class (without i = j) and N those of two:
//
//   softplus(log sum_P exp(-gamma (margin + d) (margin - d)) + log sum_N exp(gamma max(1 + margin - d, 0) (1 - margin - d)))
//
// A sample without a pair of its class costs nothing, and does not count in the mean.

#include "train/losses/formula.hpp"

namespace upkeep {

namespace losses {
struct Circle : Reduced {
  double gamma = 80.0;
  double margin = 0.4;
  bool remove_diagonal = true;
};
}  // namespace losses

template <>
inline const Settings settings<losses::Circle> =
    losses::describe_loss<losses::Circle>("circle", "embeddings of one class together, of two classes apart; targets are class indices",
                                          field("gamma", &losses::Circle::gamma, "scale", range(0.0, 1e6)),
                                          field("margin", &losses::Circle::margin, "relaxation", range(0.0, 1.0)),
                                          field("remove_diagonal", &losses::Circle::remove_diagonal, "a sample is no pair with itself"));

namespace losses {
namespace {

// Over the second axis; far below any finite logit where there is no pair, so that gradients stay finite.
Value log_sum_of_pairs(Ops& ops, const Value& pairs, const Value& logits) {
  const Value none = ops.constant(-1e30f, logits.dtype());
  return ops.reduce("ReduceLogSumExp", ops.where(pairs, logits, none), {1}, false);
}

Value no_diagonal(Ops& ops, const Value& pairs) {
  const Value numbers = ops.cast(pairs, DType::kFloat32);
  return ops.greater(ops.sub(numbers, ops.node("EyeLike", {numbers})), 0.5f);
}

Masked circle(Ops& ops, Value predictions, Value targets, const Json& values) {
  const auto options = parse<Circle>(values);
  if (predictions.rank() != 2)
    throw Error(ErrorCode::kInvalidArgument, "circle loss of predictions " + to_string(predictions.dims()), "embeddings are [batch, size]");
  const auto gamma = static_cast<float>(options.gamma), margin = static_cast<float>(options.margin);
  const Value zero = ops.constant(0.0f, predictions.dtype());
  const Value distance = ops.max(ops.sub(1.0f, ops.matmul(predictions, ops.transpose(predictions, {1, 0}))), zero);
  const Value same = ops.equal(ops.unsqueeze(targets, {1}), ops.unsqueeze(targets, {0}));
  const Value others = ops.less(ops.cast(same, DType::kFloat32), 0.5f);
  const Value near = ops.mul(ops.mul(ops.add(distance, margin), ops.sub(margin, distance)), -gamma);
  const Value far = ops.mul(ops.mul(ops.max(ops.sub(1 + margin, distance), zero), ops.sub(1 - margin, distance)), gamma);
  const Value loss = ops.softplus(
      ops.add(log_sum_of_pairs(ops, options.remove_diagonal ? no_diagonal(ops, same) : same, near), log_sum_of_pairs(ops, others, far)));
  return {loss, ops.cast(ops.greater(loss, 0.0f), loss.dtype())};
}

}  // namespace

void add_circle(LossCatalog& catalog) {
  catalog.add({.name = "circle",
               .aliases = {"Circle"},
               .help = settings<Circle>.help(),
               .settings = settings<Circle>,
               .integer_targets = true,
               .terms = Terms::kRows,
               .build = circle});
}

}  // namespace losses
}  // namespace upkeep
