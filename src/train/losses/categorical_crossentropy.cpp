// -sum_k t_k * log(p_k), p normalised to the sum 1 and within [1e-7, 1 - 1e-7]
// From logits x, p = softmax(x):   -sum_k t_k * (x_k - log sum_j e^x_j)
// label_smoothing s moves the targets towards 1/K:   t * (1 - s) + s / K

#include "train/losses/formula.hpp"

namespace upkeep {

namespace losses {
struct CategoricalCrossentropy {
  bool from_logits = false;
  double label_smoothing = 0.0;
};
}  // namespace losses

template <>
inline const Settings settings<losses::CategoricalCrossentropy> = describe<losses::CategoricalCrossentropy>(
    "categorical_crossentropy", "crossentropy of one class out of K, given as a vector",
    field("from_logits", &losses::CategoricalCrossentropy::from_logits, "predictions are logits, not probabilities"),
    field("label_smoothing", &losses::CategoricalCrossentropy::label_smoothing, "share of the targets that moves to 1/K", range(0.0, 1.0)));

namespace losses {
namespace {

Value log_probability(Ops& ops, Value predictions, bool from_logits) {
  if (const Value logits = logits_of(ops, predictions, "Softmax", from_logits)) return ops.log_softmax(logits, -1);
  return ops.log(clipped_probability(ops, ops.div(predictions, ops.reduce_sum(predictions, {-1}, true))));
}

Value categorical_crossentropy(Ops& ops, Value predictions, Value targets, const Json& values) {
  const auto options = parse<CategoricalCrossentropy>(values);
  if (options.label_smoothing > 0) {
    const Dim classes = predictions.dims().back();
    if (!classes.known()) throw Error(ErrorCode::kInvalidArgument, "label_smoothing needs to know how many classes there are");
    const float smoothing = static_cast<float>(options.label_smoothing);
    targets = ops.add(ops.mul(targets, 1 - smoothing), smoothing / static_cast<float>(classes.value));
  }
  return ops.neg(ops.reduce_sum(ops.mul(targets, log_probability(ops, predictions, options.from_logits)), {-1}));
}

}  // namespace

void add_categorical_crossentropy(LossCatalog& catalog) {
  catalog.add({.name = "categorical_crossentropy",
               .aliases = {"CategoricalCrossentropy"},
               .help = settings<CategoricalCrossentropy>.help(),
               .settings = settings<CategoricalCrossentropy>,
               .terms = Terms::kRows,
               .build = categorical_crossentropy});
}

}  // namespace losses
}  // namespace upkeep
