// Adam (Kingma & Ba 2014), in the efficient form at the end of its section 2, as Keras has it:
//
//   m += (g - m) * (1 - beta_1)          v += (g^2 - v) * (1 - beta_2)          amsgrad: v^ = max(v^, v), used for v below
//   w -= m * alpha / (sqrt(v) + epsilon),     alpha = rate * sqrt(1 - beta_2^t) / (1 - beta_1^t)
//
// Epsilon is not corrected for the bias, so it weighs more in the first steps than in the paper's first form.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/adam.cpp"
#include "train/optimizers/targets.hpp"
//
#include "train/optimizers/adam.hpp"
#include "train/optimizers/loop.hpp"

HWY_BEFORE_NAMESPACE();
namespace upkeep::optimizers::HWY_NAMESPACE {

struct AdamFormula {
  AdamStep step;
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& w, const V& g, V& m, V& v) const {
    m = m + (g - m) * hn::Set(d, step.fresh_1);
    v = v + (g * g - v) * hn::Set(d, step.fresh_2);
    w = w - m * hn::Set(d, step.alpha) / (hn::Sqrt(v) + hn::Set(d, step.epsilon));
  }
};

struct AmsgradFormula {
  AdamStep step;
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& w, const V& g, V& m, V& v, V& largest) const {
    m = m + (g - m) * hn::Set(d, step.fresh_1);
    v = v + (g * g - v) * hn::Set(d, step.fresh_2);
    largest = hn::Max(largest, v);
    w = w - m * hn::Set(d, step.alpha) / (hn::Sqrt(largest) + hn::Set(d, step.epsilon));
  }
};

void adam_loop(const Elements& e, const AdamStep& step) {
  each(e.count, AdamFormula{step}, e.weights, e.gradients, e.slots[0], e.slots[1]);
}
void amsgrad_loop(const Elements& e, const AdamStep& step) {
  each(e.count, AmsgradFormula{step}, e.weights, e.gradients, e.slots[0], e.slots[1], e.slots[2]);
}

}  // namespace upkeep::optimizers::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace upkeep {

template <>
inline const Settings settings<optimizers::Adam> =
    optimizers::describe_adam<optimizers::Adam>("adam", "steps scaled by running moments of the gradient");

}  // namespace upkeep

namespace upkeep::optimizers {

HWY_EXPORT(adam_loop);
HWY_EXPORT(amsgrad_loop);

float power(float base, std::int64_t exponent) {
  double result = 1.0;
  for (double square = base; exponent > 0; exponent /= 2, square *= square)
    if (exponent % 2 == 1) result *= square;
  return static_cast<float>(result);
}

AdamStep adam_step(double beta_1, double beta_2, double epsilon, float rate, std::int64_t iteration) {
  const float correction_1 = 1.0f - power(static_cast<float>(beta_1), iteration);
  const float correction_2 = 1.0f - power(static_cast<float>(beta_2), iteration);
  return {.alpha = rate * std::sqrt(correction_2) / correction_1,
          .fresh_1 = static_cast<float>(1.0 - beta_1),
          .fresh_2 = static_cast<float>(1.0 - beta_2),
          .epsilon = static_cast<float>(epsilon)};
}

void adam_update(const Elements& elements, const AdamStep& step) {
  if (elements.slots[2]) HWY_DYNAMIC_DISPATCH(amsgrad_loop)(elements, step);
  else HWY_DYNAMIC_DISPATCH(adam_loop)(elements, step);
}

void add_adam(OptimizerCatalog& catalog) { catalog.add(entry<AdamOptimizer<Adam>>({"Adam"})); }

}  // namespace upkeep::optimizers

#endif
