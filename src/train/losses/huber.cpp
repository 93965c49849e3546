// huber      e = p - t, c = clip(e, -delta, delta):   c * (e - c / 2), which is e^2 / 2 near zero and delta * |e| - delta^2 / 2 beyond
// log_cosh   log(cosh(e)) = e + log(1 + exp(-2e)) - log(2), which does not overflow

#include <numbers>

#include "train/losses/formula.hpp"

namespace upkeep {

namespace losses {
struct Huber : Reduced {
  double delta = 1.0;
};
}  // namespace losses

template <>
inline const Settings settings<losses::Huber> =
    losses::describe_loss<losses::Huber>("huber", "squared error near zero, absolute error beyond (Huber 1964)",
                                         field("delta", &losses::Huber::delta, "error at which it becomes linear",
                                               range(0.0, std::numeric_limits<double>::infinity(), Ends::kOpen)));

namespace losses {
namespace {

Value huber(Ops& ops, Value predictions, Value targets, const Json& values) {
  const float delta = static_cast<float>(parse<Huber>(values).delta);
  const Value error = ops.sub(predictions, targets);
  const Value near = ops.clip(error, -delta, delta);
  return ops.mul(near, ops.sub(error, ops.mul(near, 0.5f)));
}

Value log_cosh(Ops& ops, Value predictions, Value targets, const Json&) {
  const Value error = ops.sub(predictions, targets);
  return ops.sub(ops.add(error, ops.softplus(ops.mul(error, -2.0f))), std::numbers::ln2_v<float>);
}

}  // namespace

void add_huber(LossCatalog& catalog) {
  catalog.add(
      {.name = "huber", .aliases = {"Huber", "huber_loss"}, .help = settings<Huber>.help(), .settings = settings<Huber>, .build = huber});
  catalog.add(plain_loss({.name = "log_cosh",
                          .aliases = {"LogCosh", "logcosh"},
                          .help = "logarithm of the hyperbolic cosine of the error",
                          .build = log_cosh}));
}

}  // namespace losses
}  // namespace upkeep
