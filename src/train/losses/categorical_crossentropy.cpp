// categorical_crossentropy         -sum_k t_k * log(p_k), p normalised to the sum 1 and within [1e-7, 1 - 1e-7]
//                                  from logits x, p = softmax(x): -sum_k t_k * (x_k - log sum_j e^x_j)
// categorical_focal_crossentropy   -sum_k alpha_k * (1 - p_k)^gamma * t_k * log(p_k)      (Lin et al. 2017)
//
// label_smoothing s moves the targets towards 1/K:   t * (1 - s) + s / K. K is the size of the last axis, whatever `axis` is, as in Keras.

#include "train/losses/formula.hpp"

namespace upkeep {

namespace losses {
struct CategoricalCrossentropy : Reduced {
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::int64_t axis = -1;
};

struct CategoricalFocalCrossentropy : CategoricalCrossentropy {
  std::vector<double> alpha = {0.25};
  double gamma = 2.0;
};

template <typename T, typename... Own>
Settings describe_categorical(std::string name, std::string help, Own... own) {
  return describe_loss<T>(
      std::move(name), std::move(help), std::move(own)...,
      field("from_logits", static_cast<bool T::*>(&T::from_logits), "predictions are logits, not probabilities"),
      field("label_smoothing", static_cast<double T::*>(&T::label_smoothing), "share of the targets that moves to 1/K", range(0.0, 1.0)),
      field("axis", static_cast<std::int64_t T::*>(&T::axis), "the axis of the classes"));
}
}  // namespace losses

template <>
inline const Settings settings<losses::CategoricalCrossentropy> = losses::describe_categorical<losses::CategoricalCrossentropy>(
    "categorical_crossentropy", "crossentropy of one class out of K, given as a vector");

template <>
inline const Settings settings<losses::CategoricalFocalCrossentropy> = losses::describe_categorical<losses::CategoricalFocalCrossentropy>(
    "categorical_focal_crossentropy", "categorical crossentropy in which easy answers weigh little",
    field("alpha", &losses::CategoricalFocalCrossentropy::alpha, "weight of all classes, or of each"),
    field("gamma", &losses::CategoricalFocalCrossentropy::gamma, "power of the probability of the wrong answers", range(0.0, 100.0)));

namespace losses {
namespace {

Value normalised_probability(Ops& ops, Value predictions, std::int64_t axis) {
  return clipped_probability(ops, ops.div(predictions, ops.reduce_sum(predictions, {axis}, true)));
}

Masked categorical_crossentropy(Ops& ops, Value predictions, Value targets, const Json& values) {
  const auto options = parse<CategoricalCrossentropy>(values);
  const Value logits = logits_of(ops, predictions, "Softmax", options.from_logits, options.axis);
  const Value logarithm = logits ? ops.log_softmax(logits, options.axis) : ops.log(normalised_probability(ops, predictions, options.axis));
  return ops.neg(ops.reduce_sum(ops.mul(smoothed(ops, targets, options.label_smoothing), logarithm), {options.axis}));
}

Value class_weights(Ops& ops, const CategoricalFocalCrossentropy& options, const Value& predictions) {
  const std::vector<float> alpha(options.alpha.begin(), options.alpha.end());
  const Dim classes = predictions.dims().back();
  if (alpha.size() != 1 && classes.known() && classes.value != std::ssize(alpha))
    throw Error(ErrorCode::kInvalidArgument, std::to_string(alpha.size()) + " weights for " + std::to_string(classes.value) + " classes",
                "give alpha one number, or one for each class");
  if (alpha.size() == 1) return ops.constant(alpha[0], predictions.dtype());
  return ops.cast(ops.constant(Tensor({std::ssize(alpha)}, alpha)), predictions.dtype());
}

Masked categorical_focal_crossentropy(Ops& ops, Value predictions, Value targets, const Json& values) {
  const auto options = parse<CategoricalFocalCrossentropy>(values);
  if (options.from_logits) predictions = ops.softmax(predictions, options.axis);
  const Value p = normalised_probability(ops, predictions, options.axis);
  Value loss = ops.mul(smoothed(ops, targets, options.label_smoothing), ops.log(p));
  if (options.gamma > 0) loss = ops.mul(ops.pow(ops.sub(1.0f, p), ops.constant(static_cast<float>(options.gamma), p.dtype())), loss);
  return ops.neg(ops.reduce_sum(ops.mul(class_weights(ops, options, predictions), loss), {options.axis}));
}

}  // namespace

void add_categorical_crossentropy(LossCatalog& catalog) {
  catalog.add({.name = "categorical_crossentropy",
               .aliases = {"CategoricalCrossentropy"},
               .help = settings<CategoricalCrossentropy>.help(),
               .settings = settings<CategoricalCrossentropy>,
               .classes = Classes::kSeveral,
               .terms = Terms::kRows,
               .build = categorical_crossentropy});
  catalog.add({.name = "categorical_focal_crossentropy",
               .aliases = {"CategoricalFocalCrossentropy"},
               .help = settings<CategoricalFocalCrossentropy>.help(),
               .settings = settings<CategoricalFocalCrossentropy>,
               .classes = Classes::kSeveral,
               .terms = Terms::kRows,
               .build = categorical_focal_crossentropy});
}

}  // namespace losses
}  // namespace upkeep
