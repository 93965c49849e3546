// Losses of overlap, for segmentation. With I = sum t * p over `axis` (null: over everything, one loss for the batch):
//
// dice      1 - 2 I / (sum t + sum p + 1e-7)                                                        (Milletari et al. 2016)
// tversky   1 - I / (I + alpha * sum (1 - p) * t + beta * sum p * (1 - t) + 1e-7)                    (Salehi et al. 2017)

#include "train/losses/formula.hpp"

namespace upkeep {

namespace losses {
struct Dice : Reduced {
  std::optional<std::vector<std::int64_t>> axis;
};

struct Tversky : Dice {
  double alpha = 0.5;
  double beta = 0.5;
};

inline constexpr const char* kOverlapAxis = "the overlap is over these axes; null: over all, the batch included";
}  // namespace losses

template <>
inline const Settings settings<losses::Dice> = losses::describe_loss<losses::Dice>(
    "dice", "share of prediction and target that does not overlap", field("axis", &losses::Dice::axis, losses::kOverlapAxis));

template <>
inline const Settings settings<losses::Tversky> = losses::describe_loss<losses::Tversky>(
    "tversky", "dice with weights for what is missed and what is wrong",
    field("axis", static_cast<std::optional<std::vector<std::int64_t>> losses::Tversky::*>(&losses::Tversky::axis), losses::kOverlapAxis),
    field("alpha", &losses::Tversky::alpha, "weight of what is missed", range(0.0, 1e6)),
    field("beta", &losses::Tversky::beta, "weight of what is wrong", range(0.0, 1e6)));

namespace losses {
namespace {

Masked dice(Ops& ops, Value predictions, Value targets, const Json& values) {
  const std::vector<std::int64_t> axes = parse<Dice>(values).axis.value_or(std::vector<std::int64_t>{});
  const Value both = ops.reduce_sum(ops.mul(targets, predictions), axes);
  const Value all = ops.add(ops.add(ops.reduce_sum(targets, axes), ops.reduce_sum(predictions, axes)), kEpsilon);
  return ops.sub(1.0f, ops.div(ops.mul(both, 2.0f), all));
}

Masked tversky(Ops& ops, Value predictions, Value targets, const Json& values) {
  const auto options = parse<Tversky>(values);
  const std::vector<std::int64_t> axes = options.axis.value_or(std::vector<std::int64_t>{});
  const Value both = ops.reduce_sum(ops.mul(targets, predictions), axes);
  const Value missed = ops.reduce_sum(ops.mul(ops.sub(1.0f, predictions), targets), axes);
  const Value wrong = ops.reduce_sum(ops.mul(predictions, ops.sub(1.0f, targets)), axes);
  const Value apart = ops.add(ops.mul(missed, static_cast<float>(options.alpha)), ops.mul(wrong, static_cast<float>(options.beta)));
  return ops.sub(1.0f, ops.div(both, ops.add(ops.add(both, apart), kEpsilon)));
}

}  // namespace

void add_tversky(LossCatalog& catalog) {
  catalog.add({.name = "dice",
               .aliases = {"Dice"},
               .help = settings<Dice>.help(),
               .settings = settings<Dice>,
               .terms = Terms::kRows,
               .build = dice});
  catalog.add({.name = "tversky",
               .aliases = {"Tversky"},
               .help = settings<Tversky>.help(),
               .settings = settings<Tversky>,
               .terms = Terms::kRows,
               .build = tversky});
}

}  // namespace losses
}  // namespace upkeep
