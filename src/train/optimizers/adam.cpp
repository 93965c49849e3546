// Adam (Kingma & Ba 2014), in the efficient form at the end of its section 2, as Keras has it:
//
//   m += (g - m) * (1 - beta_1)          v += (g^2 - v) * (1 - beta_2)          amsgrad: v^ = max(v^, v), used for v below
//   w -= m * alpha / (sqrt(v) + epsilon),     alpha = rate * sqrt(1 - beta_2^t) / (1 - beta_1^t)
//
// Epsilon is not corrected for the bias, so it weighs more in the first steps than in the paper's first form.

#include "train/optimizers/adam.hpp"

namespace upkeep {

template <>
inline const Settings settings<optimizers::Adam> =
    optimizers::describe_adam<optimizers::Adam>("adam", "steps scaled by running moments of the gradient");

}  // namespace upkeep

namespace upkeep::optimizers {

// base^exponent by squaring: only multiplications, so the same on every machine.
static float power(float base, std::int64_t exponent) {
  double result = 1.0;
  for (double square = base; exponent > 0; exponent /= 2, square *= square)
    if (exponent % 2 == 1) result *= square;
  return static_cast<float>(result);
}

AdamStep adam_step(double beta_1, double beta_2, double epsilon, const Step& step) {
  const float correction_1 = 1.0f - power(static_cast<float>(beta_1), step.iteration);
  const float correction_2 = 1.0f - power(static_cast<float>(beta_2), step.iteration);
  return {.alpha = static_cast<float>(step.learning_rate) * std::sqrt(correction_2) / correction_1,
          .fresh_1 = static_cast<float>(1.0 - beta_1),
          .fresh_2 = static_cast<float>(1.0 - beta_2),
          .epsilon = static_cast<float>(epsilon)};
}

static void plain(float* __restrict w, const float* __restrict g, float* __restrict m, float* __restrict v, std::size_t count,
                  AdamStep step) {
  for (std::size_t i = 0; i < count; ++i) {
    m[i] += (g[i] - m[i]) * step.fresh_1;
    v[i] += (g[i] * g[i] - v[i]) * step.fresh_2;
    w[i] -= m[i] * step.alpha / (std::sqrt(v[i]) + step.epsilon);
  }
}

static void amsgrad(float* __restrict w, const float* __restrict g, std::span<float* const> slots, std::size_t count, AdamStep step) {
  float* __restrict m = slots[0];
  float* __restrict v = slots[1];
  float* __restrict largest = slots[2];
  for (std::size_t i = 0; i < count; ++i) {
    m[i] += (g[i] - m[i]) * step.fresh_1;
    v[i] += (g[i] * g[i] - v[i]) * step.fresh_2;
    largest[i] = largest[i] < v[i] ? v[i] : largest[i];
    w[i] -= m[i] * step.alpha / (std::sqrt(largest[i]) + step.epsilon);
  }
}

void adam_update(std::span<float> weights, std::span<const float> gradients, std::span<float* const> slots, const AdamStep& step) {
  if (slots.size() == 3) amsgrad(weights.data(), gradients.data(), slots, weights.size(), step);
  else plain(weights.data(), gradients.data(), slots[0], slots[1], weights.size(), step);
}

void add_adam(OptimizerCatalog& catalog) { catalog.add(entry<AdamOptimizer<Adam>>({"Adam"})); }

}  // namespace upkeep::optimizers
