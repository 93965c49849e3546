#include "train/losses/loss.hpp"

#include "train/losses/formula.hpp"

namespace upkeep::losses {
namespace {

Error misfit(const Value& predictions, const Value& targets) {
  return Error(ErrorCode::kInvalidArgument,
               "targets " + to_string(targets.dims()) + " do not fit predictions " + to_string(predictions.dims()));
}

void check_same(const Value& predictions, const Value& targets, std::size_t axes) {
  if (targets.rank() != axes) throw misfit(predictions, targets);
  for (std::size_t i = 0; i < axes; ++i) {
    const Dim& a = predictions.dims()[i];
    const Dim& b = targets.dims()[i];
    if (a.known() && b.known() && a.value != b.value) throw misfit(predictions, targets);
  }
}

bool ends_in_one(const Value& value) { return value.rank() > 0 && value.dims().back().value == 1; }

Value class_indices(Ops& ops, const Value& predictions, Value targets) {
  if (targets.rank() == predictions.rank() && ends_in_one(targets)) targets = ops.squeeze(targets, {-1});
  check_same(predictions, targets, predictions.rank() - 1);
  return ops.cast(targets, DType::kInt64);
}

Value target_vectors(Ops& ops, const Value& predictions, Value targets) {
  if (targets.rank() + 1 == predictions.rank() && ends_in_one(predictions)) targets = ops.unsqueeze(targets, {-1});
  check_same(predictions, targets, predictions.rank());
  return ops.cast(targets, predictions.dtype());
}

std::string reduction_of(const NamedSettings& loss) {
  const auto found = loss.values.find("reduction");
  return found == loss.values.end() || !found->is_string() ? Reduced().reduction : found->get<std::string>();
}

// Checks the settings of a loss, its own and those of all.
Masked terms(Ops& ops, const LossEntry& entry, const NamedSettings& loss, Value predictions, Value targets) {
  return in_context("loss " + entry.name, [&] {
    if (predictions.rank() == 0) throw Error(ErrorCode::kInvalidArgument, "the prediction is a single number", "expected [batch, ...]");
    const Value fitting = entry.integer_targets ? class_indices(ops, predictions, targets) : target_vectors(ops, predictions, targets);
    return entry.build(ops, predictions, fitting, loss.values);
  });
}

std::int64_t axis_of(const NamedSettings& loss) {
  const auto found = loss.values.find("axis");
  return found == loss.values.end() || !found->is_number() ? -1 : found->get<std::int64_t>();
}

Value number_of(Ops& ops, const Value& value) { return ops.cast(ops.size(value), value.dtype()); }

// [batch] to [batch, 1, ...], as many axes as the losses have.
Value fitted_weights(Ops& ops, Value weights, const Value& losses) {
  weights = ops.cast(weights, losses.dtype());
  while (weights.rank() > losses.rank() && ends_in_one(weights)) weights = ops.squeeze(weights, {-1});
  while (weights.rank() < losses.rank()) weights = ops.unsqueeze(weights, {-1});
  if (weights.rank() != losses.rank() && losses.rank() != 0)
    throw Error(ErrorCode::kInvalidArgument, "weights " + to_string(weights.dims()) + " do not fit losses " + to_string(losses.dims()));
  return weights;
}

// sum / number, and 0 where nothing counts.
Value share(Ops& ops, const Value& sum, const Value& number) {
  const Value nothing = ops.equal(number, ops.constant(0.0f, number.dtype()));
  const Value safe = ops.where(nothing, ops.constant(1.0f, number.dtype()), number);
  return ops.where(nothing, ops.constant(0.0f, sum.dtype()), ops.div(sum, safe));
}

}  // namespace

Masked per_sample(Ops& ops, const NamedSettings& loss, Value predictions, Value targets) {
  const LossEntry& entry = catalog().at(loss.name);
  Masked made = terms(ops, entry, loss, predictions, targets);
  if (entry.terms == Terms::kElements) made.losses = ops.reduce_mean(made.losses, {axis_of(loss)});
  return made;
}

// With a mask, Keras multiplies what counts by total / counted and divides by the total: the mean of what counts.
Value reduce(Ops& ops, const NamedSettings& loss, const Masked& samples, Value weights) {
  const std::string reduction = reduction_of(loss);
  Value losses = samples.losses;
  if (weights) weights = fitted_weights(ops, weights, losses);
  if (samples.mask) {
    const Value mask = ops.cast(samples.mask, losses.dtype());
    losses = ops.mul(losses, mask);
    if (weights) weights = ops.mul(weights, mask);
    else if (reduction == "mean_with_sample_weight") weights = mask;
    if (weights && weights.name() != mask.name()) losses = ops.mul(losses, weights);
  } else if (weights) {
    losses = ops.mul(losses, weights);
  }
  if (reduction == "none") return losses;
  const Value sum = ops.reduce_sum(losses, {});
  if (reduction == "sum") return sum;
  if (reduction == "mean_with_sample_weight" && weights) return share(ops, sum, ops.reduce_sum(weights, {}));
  if (samples.mask) return share(ops, sum, ops.reduce_sum(ops.cast(samples.mask, losses.dtype()), {}));
  return ops.div(sum, number_of(ops, losses));
}

// The mean of means over equally many elements is the mean of all.
Value mean_loss(Ops& ops, const NamedSettings& loss, Value predictions, Value targets) {
  const std::string reduction = reduction_of(loss);
  if (reduction == "none")
    throw Error(ErrorCode::kInvalidArgument, "a loss with the reduction \"none\" is no single number", "choose sum or sum_over_batch_size");
  if (reduction == "sum") return reduce(ops, loss, per_sample(ops, loss, predictions, targets));
  const Masked made = terms(ops, catalog().at(loss.name), loss, predictions, targets);
  return made.mask ? reduce(ops, loss, made) : ops.reduce_mean(made.losses, {});
}

LossEntry plain_loss(LossEntry entry) {
  entry.settings = describe_loss<Reduced>(entry.name, entry.help);
  entry.build = [settings = entry.settings, build = std::move(entry.build)](Ops& ops, Value predictions, Value targets,
                                                                            const Json& values) {
    Reduced common;
    settings.apply(&common, values);
    return build(ops, std::move(predictions), std::move(targets), values);
  };
  return entry;
}

Value logits_of(Ops& ops, Value predictions, std::string_view activation, bool from_logits, std::int64_t axis) {
  const auto rank = static_cast<std::int64_t>(predictions.rank());
  const Node* node = ops.model().graph.producer(predictions.name());
  if (node && node->op == activation && node->domain.empty()) {
    const auto along = node->get<std::int64_t>("axis", -1);
    if (activation != "Softmax" || (along + rank) % rank == (axis + rank) % rank) return ops.existing(node->inputs[0]);
  }
  return from_logits ? predictions : Value();
}

Value clipped_probability(Ops& ops, Value value) { return ops.clip(value, kEpsilon, 1 - kEpsilon); }

Value smoothed(Ops& ops, Value targets, double smoothing) {
  if (smoothing <= 0) return targets;
  const Dim classes = targets.dims().back();
  if (!classes.known()) throw Error(ErrorCode::kInvalidArgument, "label_smoothing needs to know how many classes there are");
  const auto share = static_cast<float>(smoothing);
  return ops.add(ops.mul(targets, 1 - share), share / static_cast<float>(classes.value));
}

Value smoothed_binary(Ops& ops, Value targets, double smoothing) {
  const auto share = static_cast<float>(smoothing);
  return smoothing > 0 ? ops.add(ops.mul(targets, 1 - share), 0.5f * share) : targets;
}

Value binary_crossentropy_of(Ops& ops, Value predictions, Value targets, bool from_logits) {
  if (const Value logits = logits_of(ops, predictions, "Sigmoid", from_logits))
    return ops.sub(ops.softplus(logits), ops.mul(targets, logits));
  const Value p = clipped_probability(ops, predictions);
  const Value yes = ops.mul(targets, ops.log(p));
  const Value no = ops.mul(ops.sub(1.0f, targets), ops.log(ops.sub(1.0f, p)));
  return ops.neg(ops.add(yes, no));
}

Value unit_vectors(Ops& ops, Value value, std::int64_t axis) {
  const Value squares = ops.reduce_sum(ops.mul(value, value), {axis}, true);
  return ops.div(value, ops.sqrt(ops.max(squares, ops.constant(kEpsilon * kEpsilon, value.dtype()))));
}

}  // namespace upkeep::losses
