// FTRL-proximal (McMahan et al. 2013), as Keras has it. With p = -learning_rate_power, r = l2 + beta / (2 rate) and G = g + 2 * shrinkage *
// w:
//
//   n' = n + g^2
//   z += G - (n'^p - n^p) / rate * w
//   w = (clip(z, -l1, l1) - z) / (n'^p / rate + 2 r)               n = n'
//
// l1 sets weights to exactly zero.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/ftrl.cpp"
#include "train/optimizers/targets.hpp"
//
#include "train/optimizers/common.hpp"
#include "train/optimizers/loop.hpp"

#ifndef UPKEEP_TRAIN_OPTIMIZERS_FTRL  // once, however often the file is compiled
#define UPKEEP_TRAIN_OPTIMIZERS_FTRL
namespace upkeep::optimizers {

struct FtrlStep {
  float rate;
  float l1;
  float l2;         // 2 r
  float shrinkage;  // doubled
};

}  // namespace upkeep::optimizers
#endif

HWY_BEFORE_NAMESPACE();
namespace upkeep::optimizers::HWY_NAMESPACE {

// The accumulator to the power of a half, which is Keras's default.
struct FtrlFormula {
  FtrlStep s;
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& w, const V& g, V& n, V& z) const {
    const V sum = n + g * g;
    const V root = hn::Sqrt(sum);
    const V drift = (root - hn::Sqrt(n)) / hn::Set(d, s.rate) * w;
    z = z + (g + hn::Set(d, s.shrinkage) * w - drift);
    const V clipped = hn::Min(hn::Max(z, hn::Set(d, -s.l1)), hn::Set(d, s.l1));
    w = (clipped - z) / (root / hn::Set(d, s.rate) + hn::Set(d, s.l2));
    n = sum;
  }
};

void ftrl_loop(const Elements& e, const FtrlStep& step) {
  each(e.count, FtrlFormula{step}, e.weights, e.gradients, e.slots[0], e.slots[1]);
}

}  // namespace upkeep::optimizers::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace upkeep::optimizers {

struct Ftrl : Common {
  double learning_rate = 0.001;
  double learning_rate_power = -0.5;
  double initial_accumulator_value = 0.1;
  double l1_regularization_strength = 0.0;
  double l2_regularization_strength = 0.0;
  double l2_shrinkage_regularization_strength = 0.0;
  double beta = 0.0;
};

}  // namespace upkeep::optimizers

namespace upkeep {

template <>
inline const Settings settings<optimizers::Ftrl> = optimizers::describe_optimizer<optimizers::Ftrl>(
    "ftrl", "follow the regularized leader, for sparse wide models",
    field("learning_rate_power", &optimizers::Ftrl::learning_rate_power, "power of the sum of squares in the rate", range(-10.0, 0.0)),
    field("initial_accumulator_value", &optimizers::Ftrl::initial_accumulator_value, "start of the sum of squares", range(0.0, 1e6)),
    field("l1_regularization_strength", &optimizers::Ftrl::l1_regularization_strength, "sets small weights to zero", range(0.0, 1e6)),
    field("l2_regularization_strength", &optimizers::Ftrl::l2_regularization_strength, "keeps weights small", range(0.0, 1e6)),
    field("l2_shrinkage_regularization_strength", &optimizers::Ftrl::l2_shrinkage_regularization_strength,
          "as l2, but in the gradient only", range(0.0, 1e6)),
    field("beta", &optimizers::Ftrl::beta, "added to the root of the sum of squares", range(0.0, 1e6)));

}  // namespace upkeep

namespace upkeep::optimizers {

HWY_EXPORT(ftrl_loop);

namespace {

void ftrl_with_power(const Elements& e, const FtrlStep& s, float power) {
  for (std::size_t i = 0; i < e.count; ++i) {
    float& w = e.weights[i];
    float& n = e.slots[0][i];
    float& z = e.slots[1][i];
    const float g = e.gradients[i];
    const float sum = n + g * g;
    const float quotient = std::pow(sum, power);
    z += g + s.shrinkage * w - (quotient - std::pow(n, power)) / s.rate * w;
    w = (std::min(std::max(z, -s.l1), s.l1) - z) / (quotient / s.rate + s.l2);
    n = sum;
  }
}

class FtrlOptimizer : public Elementwise<Ftrl> {
 public:
  using Elementwise::Elementwise;
  std::vector<Slot> own_slots() const override {
    return {{.name = "accumulator", .start = static_cast<float>(options_.initial_accumulator_value)}, {.name = "linear"}};
  }

 protected:
  void step(const Elements& elements, std::int64_t) const override {
    const float beta = static_cast<float>(options_.beta) / (2.0f * elements.rate);
    const FtrlStep step{.rate = elements.rate,
                        .l1 = static_cast<float>(options_.l1_regularization_strength),
                        .l2 = 2.0f * (static_cast<float>(options_.l2_regularization_strength) + beta),
                        .shrinkage = static_cast<float>(2.0 * options_.l2_shrinkage_regularization_strength)};
    if (options_.learning_rate_power == -0.5) HWY_DYNAMIC_DISPATCH(ftrl_loop)(elements, step);
    else ftrl_with_power(elements, step, static_cast<float>(-options_.learning_rate_power));
  }
};

}  // namespace

void add_ftrl(OptimizerCatalog& catalog) { catalog.add(entry<FtrlOptimizer>({"Ftrl"})); }

}  // namespace upkeep::optimizers

#endif
