// sparse_categorical_crossentropy         -log p_t for the class index t. From probabilities, Keras takes the logarithm of p within
//                                         [1e-7, 1 - 1e-7] as logits, which normalises it. From logits x: -(x_t - log sum_j e^x_j).
//                                         Targets of ignore_class do not count.
// categorical_generalized_cross_entropy   (1 - p_t^q) / q: between crossentropy (q = 0) and mean absolute error (q = 1), for noisy labels
//                                         (Zhang & Sabuncu 2018)

#include "train/losses/formula.hpp"

namespace upkeep {

namespace losses {
struct SparseCategoricalCrossentropy : Reduced {
  bool from_logits = false;
  std::optional<std::int64_t> ignore_class;
  std::int64_t axis = -1;
};

struct GeneralizedCrossEntropy : Reduced {
  double q = 0.5;
};
}  // namespace losses

template <>
inline const Settings settings<losses::SparseCategoricalCrossentropy> = losses::describe_loss<losses::SparseCategoricalCrossentropy>(
    "sparse_categorical_crossentropy", "crossentropy of one class out of K, given as its index",
    field("from_logits", &losses::SparseCategoricalCrossentropy::from_logits, "predictions are logits, not probabilities"),
    field("ignore_class", &losses::SparseCategoricalCrossentropy::ignore_class, "targets of this index do not count; null: all do"),
    field("axis", &losses::SparseCategoricalCrossentropy::axis, "the axis of the classes; the last one", range(-1, 64)));

template <>
inline const Settings settings<losses::GeneralizedCrossEntropy> = losses::describe_loss<losses::GeneralizedCrossEntropy>(
    "categorical_generalized_cross_entropy", "crossentropy that bears noisy labels; targets are class indices",
    field("q", &losses::GeneralizedCrossEntropy::q, "0: near crossentropy, 1: mean absolute error", range(0.0, 1.0, Ends::kOpenLeft)));

namespace losses {
namespace {

Value hits_of(Ops& ops, const Value& predictions, const Value& targets) {
  const Dim classes = predictions.dims().back();
  if (!classes.known())
    throw Error(ErrorCode::kInvalidArgument, "the number of classes is not known", "give the predictions' last axis a size");
  return ops.one_hot(targets, classes.value, predictions.dtype());
}

void expect_last_axis(std::int64_t axis, const Value& predictions) {
  if (axis != -1 && axis + 1 != static_cast<std::int64_t>(predictions.rank()))
    throw Error(ErrorCode::kUnsupported, "classes along axis " + std::to_string(axis), "class indices go with classes along the last axis");
}

Value negative_log_likelihood(Ops& ops, const Value& predictions, const Value& targets, bool from_logits) {
  Value logits = logits_of(ops, predictions, "Softmax", from_logits);
  if (!logits) logits = ops.log(clipped_probability(ops, predictions));
  return ops.neg(ops.reduce_sum(ops.mul(hits_of(ops, predictions, targets), ops.log_softmax(logits, -1)), {-1}));
}

Masked sparse_categorical_crossentropy(Ops& ops, Value predictions, Value targets, const Json& values) {
  const auto options = parse<SparseCategoricalCrossentropy>(values);
  expect_last_axis(options.axis, predictions);
  if (!options.ignore_class) return negative_log_likelihood(ops, predictions, targets, options.from_logits);
  const Value ignored = ops.equal(targets, ops.constant(Tensor::scalar(*options.ignore_class)));
  const Value safe = ops.where(ignored, ops.constant(Tensor::scalar(std::int64_t{0})), targets);
  const Value loss = negative_log_likelihood(ops, predictions, safe, options.from_logits);
  return {ops.where(ignored, ops.constant(0.0f, loss.dtype()), loss), ops.sub(1.0f, ops.cast(ignored, loss.dtype()))};
}

Masked generalized_cross_entropy(Ops& ops, Value predictions, Value targets, const Json& values) {
  const auto q = static_cast<float>(parse<GeneralizedCrossEntropy>(values).q);
  const Value p = ops.reduce_sum(ops.mul(predictions, hits_of(ops, predictions, targets)), {-1});
  return ops.div(ops.sub(1.0f, ops.pow(p, ops.constant(q, p.dtype()))), q);
}

}  // namespace

void add_sparse_categorical_crossentropy(LossCatalog& catalog) {
  catalog.add({.name = "sparse_categorical_crossentropy",
               .aliases = {"SparseCategoricalCrossentropy"},
               .help = settings<SparseCategoricalCrossentropy>.help(),
               .settings = settings<SparseCategoricalCrossentropy>,
               .integer_targets = true,
               .classes = Classes::kSeveral,
               .terms = Terms::kRows,
               .build = sparse_categorical_crossentropy});
  catalog.add({.name = "categorical_generalized_cross_entropy",
               .aliases = {"CategoricalGeneralizedCrossEntropy"},
               .help = settings<GeneralizedCrossEntropy>.help(),
               .settings = settings<GeneralizedCrossEntropy>,
               .integer_targets = true,
               .classes = Classes::kSeveral,
               .terms = Terms::kRows,
               .build = generalized_cross_entropy});
}

}  // namespace losses
}  // namespace upkeep
