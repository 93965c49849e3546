// -(t * log(p) + (1 - t) * log(1 - p)), p within [1e-7, 1 - 1e-7]
// From logits x, p = sigmoid(x):   log(1 + e^x) - t * x, without cancellation and without overflow
// label_smoothing s moves the targets towards 1/2:   t * (1 - s) + s / 2

#include "train/losses/formula.hpp"

namespace upkeep {

namespace losses {
struct BinaryCrossentropy {
  bool from_logits = false;
  double label_smoothing = 0.0;
};
}  // namespace losses

template <>
inline const Settings settings<losses::BinaryCrossentropy> = describe<losses::BinaryCrossentropy>(
    "binary_crossentropy", "crossentropy of independent yes/no answers",
    field("from_logits", &losses::BinaryCrossentropy::from_logits, "predictions are logits, not probabilities"),
    field("label_smoothing", &losses::BinaryCrossentropy::label_smoothing, "share of the targets that moves to 1/2", range(0.0, 1.0)));

namespace losses {
namespace {

Value binary_crossentropy(Ops& ops, Value predictions, Value targets, const Json& values) {
  const auto options = parse<BinaryCrossentropy>(values);
  const float smoothing = static_cast<float>(options.label_smoothing);
  if (smoothing > 0) targets = ops.add(ops.mul(targets, 1 - smoothing), 0.5f * smoothing);
  if (const Value logits = logits_of(ops, predictions, "Sigmoid", options.from_logits))
    return ops.sub(ops.softplus(logits), ops.mul(targets, logits));
  const Value p = clipped_probability(ops, predictions);
  const Value yes = ops.mul(targets, ops.log(p));
  const Value no = ops.mul(ops.sub(1.0f, targets), ops.log(ops.sub(1.0f, p)));
  return ops.neg(ops.add(yes, no));
}

}  // namespace

void add_binary_crossentropy(LossCatalog& catalog) {
  catalog.add({.name = "binary_crossentropy",
               .aliases = {"BinaryCrossentropy", "bce", "BCE"},
               .help = settings<BinaryCrossentropy>.help(),
               .settings = settings<BinaryCrossentropy>,
               .build = binary_crossentropy});
}

}  // namespace losses
}  // namespace upkeep
