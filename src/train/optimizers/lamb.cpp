// LAMB (You et al. 2019): Adam's step, made as long for each weight as the weight itself, for large batches.
//
//   m += (g - m) * (1 - beta_1)          v += (g^2 - v) * (1 - beta_2)
//   u = (m / (1 - beta_1^t)) / (sqrt(v / (1 - beta_2^t)) + epsilon)
//   w -= |w| / |u| * rate * u            the ratio is 1 where either norm is 0

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/lamb.cpp"
#include "train/optimizers/targets.hpp"
//
#include <array>
#include <span>

#include "train/optimizers/adam.hpp"
#include "train/optimizers/loop.hpp"
#include "train/optimizers/shared/loops.hpp"

HWY_BEFORE_NAMESPACE();
namespace upkeep::optimizers::HWY_NAMESPACE {

// Leaves u where the gradients were.
struct LambFormula {
  float fresh_1, fresh_2;
  float correction_1, correction_2;
  float epsilon;
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& g, V& m, V& v) const {
    m = m + (g - m) * hn::Set(d, fresh_1);
    v = v + (g * g - v) * hn::Set(d, fresh_2);
    g = m / hn::Set(d, correction_1) / (hn::Sqrt(v / hn::Set(d, correction_2)) + hn::Set(d, epsilon));
  }
};

// `numbers` as in LambFormula.
void lamb_loop(std::span<float> gradients, float* momentum, float* velocity, const std::array<float, 5>& numbers) {
  const LambFormula formula{numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]};
  each(gradients.size(), formula, gradients.data(), momentum, velocity);
}

}  // namespace upkeep::optimizers::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace upkeep::optimizers {

struct Lamb : Moments {};

}  // namespace upkeep::optimizers

namespace upkeep {

template <>
inline const Settings settings<optimizers::Lamb> =
    optimizers::describe_moments<optimizers::Lamb>("lamb", "adam whose steps are in proportion to each weight");

}  // namespace upkeep

namespace upkeep::optimizers {

HWY_EXPORT(lamb_loop);

namespace {

class LambOptimizer : public Configured<Lamb> {
 public:
  using Configured::Configured;
  std::vector<Slot> own_slots() const override { return {{.name = "momentum"}, {.name = "velocity"}}; }

 protected:
  void update(const Buffers& buffers, const Step& step) const override {
    const std::array<float, 5> numbers = {static_cast<float>(1.0 - options_.beta_1), static_cast<float>(1.0 - options_.beta_2),
                                          1.0f - power(static_cast<float>(options_.beta_1), step.iteration),
                                          1.0f - power(static_cast<float>(options_.beta_2), step.iteration),
                                          static_cast<float>(options_.epsilon)};
    for (std::size_t i = 0; i < buffers.list.size(); ++i) {
      const Weight& weight = buffers.list[i];
      if (weight.rate == 0) continue;
      const std::span<float> values = buffers.weights.subspan(weight.begin, weight.size);
      const std::span<float> step_values = buffers.gradients.subspan(weight.begin, weight.size);
      HWY_DYNAMIC_DISPATCH(lamb_loop)(step_values, buffers.slots[0].of(i).data(), buffers.slots[1].of(i).data(), numbers);
      subtract_scaled(values, step_values, trust_ratio(values, step_values) * static_cast<float>(step.learning_rate * weight.rate));
    }
  }

 private:
  static float trust_ratio(std::span<const float> weight, std::span<const float> step) {
    const auto weight_norm = static_cast<float>(std::sqrt(sum_of_squares(weight)));
    const auto step_norm = static_cast<float>(std::sqrt(sum_of_squares(step)));
    return weight_norm > 0 && step_norm > 0 ? weight_norm / step_norm : 1.0f;
  }
};

}  // namespace

void add_lamb(OptimizerCatalog& catalog) { catalog.add(entry<LambOptimizer>({"Lamb"})); }

}  // namespace upkeep::optimizers

#endif
