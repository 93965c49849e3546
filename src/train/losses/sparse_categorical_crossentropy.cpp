// -log p_t for the class index t. From probabilities, Keras takes the logarithm of p within [1e-7, 1 - 1e-7] as logits, which normalises
// it. From logits x:   -(x_t - log sum_j e^x_j)

#include "train/losses/formula.hpp"

namespace upkeep {

namespace losses {
struct SparseCategoricalCrossentropy {
  bool from_logits = false;
  std::optional<std::int64_t> ignore_class;
};
}  // namespace losses

template <>
inline const Settings settings<losses::SparseCategoricalCrossentropy> = describe<losses::SparseCategoricalCrossentropy>(
    "sparse_categorical_crossentropy", "crossentropy of one class out of K, given as its index",
    field("from_logits", &losses::SparseCategoricalCrossentropy::from_logits, "predictions are logits, not probabilities"),
    field("ignore_class", &losses::SparseCategoricalCrossentropy::ignore_class, "not supported: null"));

namespace losses {
namespace {

Value sparse_categorical_crossentropy(Ops& ops, Value predictions, Value targets, const Json& values) {
  const auto options = parse<SparseCategoricalCrossentropy>(values);
  if (options.ignore_class) throw Error(ErrorCode::kUnsupported, "ignore_class is not supported", "leave it null");
  const Dim classes = predictions.dims().back();
  if (!classes.known())
    throw Error(ErrorCode::kInvalidArgument, "the number of classes is not known", "give the predictions' last axis a size");
  Value logits = logits_of(ops, predictions, "Softmax", options.from_logits);
  if (!logits) logits = ops.log(clipped_probability(ops, predictions));
  const Value hits = ops.one_hot(targets, classes.value, predictions.dtype());
  return ops.neg(ops.reduce_sum(ops.mul(hits, ops.log_softmax(logits, -1)), {-1}));
}

}  // namespace

void add_sparse_categorical_crossentropy(LossCatalog& catalog) {
  catalog.add({.name = "sparse_categorical_crossentropy",
               .aliases = {"SparseCategoricalCrossentropy"},
               .help = settings<SparseCategoricalCrossentropy>.help(),
               .settings = settings<SparseCategoricalCrossentropy>,
               .integer_targets = true,
               .terms = Terms::kRows,
               .build = sparse_categorical_crossentropy});
}

}  // namespace losses
}  // namespace upkeep
