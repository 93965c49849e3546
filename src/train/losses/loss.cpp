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

// A loss without settings refuses every setting.
void check_settings(const LossEntry& entry, const Json& values) {
  if (entry.settings.fields().empty()) Settings(entry.name, entry.help, {}).apply(nullptr, values);
}

Value terms(Ops& ops, const LossEntry& entry, const NamedSettings& loss, Value predictions, Value targets) {
  check_settings(entry, loss.values);
  return in_context("loss " + entry.name, [&] {
    if (predictions.rank() == 0) throw Error(ErrorCode::kInvalidArgument, "the prediction is a single number", "expected [batch, ...]");
    const Value fitting = entry.integer_targets ? class_indices(ops, predictions, targets) : target_vectors(ops, predictions, targets);
    return entry.build(ops, predictions, fitting, loss.values);
  });
}

}  // namespace

Value row_losses(Ops& ops, const NamedSettings& loss, Value predictions, Value targets) {
  const LossEntry& entry = catalog().at(loss.name);
  const Value made = terms(ops, entry, loss, predictions, targets);
  return entry.terms == Terms::kRows ? made : ops.reduce_mean(made, {-1});
}

// The mean of means over equally many elements is the mean of all.
Value mean_loss(Ops& ops, const NamedSettings& loss, Value predictions, Value targets) {
  return ops.reduce_mean(terms(ops, catalog().at(loss.name), loss, predictions, targets), {});
}

Value logits_of(Ops& ops, Value predictions, std::string_view activation, bool from_logits) {
  const Node* node = ops.model().graph.producer(predictions.name());
  if (node && node->op == activation && node->domain.empty()) {
    const auto axis = node->get<std::int64_t>("axis", -1);
    if (axis == -1 || axis + 1 == static_cast<std::int64_t>(predictions.rank())) return ops.existing(node->inputs[0]);
  }
  return from_logits ? predictions : Value();
}

Value clipped_probability(Ops& ops, Value value) { return ops.clip(value, kEpsilon, 1 - kEpsilon); }

}  // namespace upkeep::losses
