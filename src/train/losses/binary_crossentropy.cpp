// binary_crossentropy         -(t * log(p) + (1 - t) * log(1 - p)), p within [1e-7, 1 - 1e-7]
//                             from logits x, p = sigmoid(x): log(1 + e^x) - t * x, without cancellation and without overflow
// binary_focal_crossentropy   that, times (1 - p_t)^gamma, with p_t = t * p + (1 - t) * (1 - p) the probability of the right answer
//                             (Lin et al. 2017); with apply_class_balancing also times t * alpha + (1 - t) * (1 - alpha)
//
// label_smoothing s moves the targets towards 1/2:   t * (1 - s) + s / 2

#include "train/losses/formula.hpp"

namespace upkeep {

namespace losses {
struct BinaryCrossentropy : Reduced {
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
};

struct BinaryFocalCrossentropy : BinaryCrossentropy {
  bool apply_class_balancing = false;
  double alpha = 0.25;
  double gamma = 2.0;
};

template <typename T, typename... Own>
Settings describe_binary(std::string name, std::string help, Own... own) {
  return describe_loss<T>(
      std::move(name), std::move(help), std::move(own)...,
      field("from_logits", static_cast<bool T::*>(&T::from_logits), "predictions are logits, not probabilities"),
      field("label_smoothing", static_cast<double T::*>(&T::label_smoothing), "share of the targets that moves to 1/2", range(0.0, 1.0)),
      field("axis", static_cast<std::int64_t T::*>(&T::axis), "the loss of a sample is the mean over this axis"));
}
}  // namespace losses

template <>
inline const Settings settings<losses::BinaryCrossentropy> =
    losses::describe_binary<losses::BinaryCrossentropy>("binary_crossentropy", "crossentropy of independent yes/no answers");

template <>
inline const Settings settings<losses::BinaryFocalCrossentropy> = losses::describe_binary<losses::BinaryFocalCrossentropy>(
    "binary_focal_crossentropy", "binary crossentropy in which easy answers weigh little",
    field("apply_class_balancing", &losses::BinaryFocalCrossentropy::apply_class_balancing, "weigh yes by alpha, no by 1 - alpha"),
    field("alpha", &losses::BinaryFocalCrossentropy::alpha, "weight of yes", range(0.0, 1.0)),
    field("gamma", &losses::BinaryFocalCrossentropy::gamma, "power of the probability of the wrong answer", range(0.0, 100.0)));

namespace losses {
namespace {

Masked binary_crossentropy(Ops& ops, Value predictions, Value targets, const Json& values) {
  const auto options = parse<BinaryCrossentropy>(values);
  return binary_crossentropy_of(ops, predictions, smoothed_binary(ops, targets, options.label_smoothing), options.from_logits);
}

Masked binary_focal_crossentropy(Ops& ops, Value predictions, Value targets, const Json& values) {
  const auto options = parse<BinaryFocalCrossentropy>(values);
  targets = smoothed_binary(ops, targets, options.label_smoothing);
  Value loss = binary_crossentropy_of(ops, predictions, targets, options.from_logits);
  const Value p = options.from_logits ? ops.sigmoid(predictions) : predictions;
  if (options.gamma > 0) {
    const Value right = ops.add(ops.mul(targets, p), ops.mul(ops.sub(1.0f, targets), ops.sub(1.0f, p)));
    loss = ops.mul(ops.pow(ops.sub(1.0f, right), ops.constant(static_cast<float>(options.gamma), p.dtype())), loss);
  }
  if (!options.apply_class_balancing) return loss;
  const auto alpha = static_cast<float>(options.alpha);
  return ops.mul(ops.add(ops.mul(targets, alpha), ops.mul(ops.sub(1.0f, targets), 1 - alpha)), loss);
}

}  // namespace

void add_binary_crossentropy(LossCatalog& catalog) {
  catalog.add({.name = "binary_crossentropy",
               .aliases = {"BinaryCrossentropy", "bce", "BCE"},
               .help = settings<BinaryCrossentropy>.help(),
               .settings = settings<BinaryCrossentropy>,
               .classes = Classes::kTwo,
               .build = binary_crossentropy});
  catalog.add({.name = "binary_focal_crossentropy",
               .aliases = {"BinaryFocalCrossentropy"},
               .help = settings<BinaryFocalCrossentropy>.help(),
               .settings = settings<BinaryFocalCrossentropy>,
               .classes = Classes::kTwo,
               .build = binary_focal_crossentropy});
}

}  // namespace losses
}  // namespace upkeep
