// Schedule-free AdamW (Defazio et al. 2024). z takes Adam's steps, x is the mean of all z, and the weights y stand between them, where the
// gradients are taken:
//
//   v += (g^2 - v) * (1 - beta_2)        z' = z - rate * g / (sqrt(v / (1 - beta_2^t)) + epsilon)
//   x = (y - (1 - beta_1) * z) / beta_1  x' = (1 - 1/t) * x + z' / t
//   y = (1 - beta_1) * z' + beta_1 * x'
//
// z is Keras's slot "momentum". Over the first warmup_steps updates the rate grows from zero. Keras 3.15 on TensorFlow computes x from z'
// in place of z (there its `momentum.value` is the variable, not its value before the step); with its other backends it does as above.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/schedulefreeadamw.cpp"
#include "train/optimizers/targets.hpp"
//
#include "train/optimizers/adam.hpp"
#include "train/optimizers/loop.hpp"

#ifndef UPKEEP_TRAIN_OPTIMIZERS_SCHEDULEFREEADAMW  // once, however often the file is compiled
#define UPKEEP_TRAIN_OPTIMIZERS_SCHEDULEFREEADAMW
namespace upkeep::optimizers {

struct ScheduleFreeStep {
  float rate;
  float beta_1;
  float fresh_2;     // 1 - beta_2
  float correction;  // 1 - beta_2^t
  float weight;      // 1 / t
  float epsilon;
};

}  // namespace upkeep::optimizers
#endif

HWY_BEFORE_NAMESPACE();
namespace upkeep::optimizers::HWY_NAMESPACE {

struct ScheduleFreeFormula {
  ScheduleFreeStep s;
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& y, const V& g, V& z, V& v) const {
    v = v + (g * g - v) * hn::Set(d, s.fresh_2);
    const V size = hn::Sqrt(v / hn::Set(d, s.correction)) + hn::Set(d, s.epsilon);
    const V before = (y - hn::Set(d, 1.0f - s.beta_1) * z) / hn::Set(d, s.beta_1);
    z = z - hn::Set(d, s.rate) * g / size;
    const V mean = hn::Set(d, 1.0f - s.weight) * before + hn::Set(d, s.weight) * z;
    y = hn::Set(d, 1.0f - s.beta_1) * z + hn::Set(d, s.beta_1) * mean;
  }
};

void schedule_free_loop(const Elements& e, const ScheduleFreeStep& step) {
  each(e.count, ScheduleFreeFormula{step}, e.weights, e.gradients, e.slots[0], e.slots[1]);
}

}  // namespace upkeep::optimizers::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace upkeep::optimizers {

struct ScheduleFreeAdamW : Common {
  double learning_rate = 0.0025;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  std::int64_t warmup_steps = 0;
};

}  // namespace upkeep::optimizers

namespace upkeep {

template <>
inline const Settings settings<optimizers::ScheduleFreeAdamW> = optimizers::describe_optimizer<optimizers::ScheduleFreeAdamW>(
    "schedulefreeadamw", "adam that needs no schedule: it averages its weights",
    field("beta_1", &optimizers::ScheduleFreeAdamW::beta_1, "where between the last step and the mean the weights stand",
          range(0.0, 1.0, Ends::kOpenLeft)),
    field("beta_2", &optimizers::ScheduleFreeAdamW::beta_2, "share of the second moment kept", range(0.0, 1.0, Ends::kOpenRight)),
    field("epsilon", &optimizers::ScheduleFreeAdamW::epsilon, "added to the root of the second moment", range(0.0, 1.0)),
    field("warmup_steps", &optimizers::ScheduleFreeAdamW::warmup_steps, "updates in which the rate grows to its full size", range(0, 1e15),
          "updates"));

}  // namespace upkeep

namespace upkeep::optimizers {

HWY_EXPORT(schedule_free_loop);

namespace {

class ScheduleFreeAdamWOptimizer : public Elementwise<ScheduleFreeAdamW> {
 public:
  using Elementwise::Elementwise;
  std::vector<Slot> own_slots() const override { return {{.name = "momentum", .starts_as_weight = true}, {.name = "velocity"}}; }

 protected:
  void step(const Elements& elements, std::int64_t iteration) const override {
    const auto t = static_cast<float>(iteration);
    const float warmth = options_.warmup_steps > 0 ? std::min(t / static_cast<float>(options_.warmup_steps), 1.0f) : 1.0f;
    const ScheduleFreeStep step{.rate = elements.rate * warmth,
                                .beta_1 = static_cast<float>(options_.beta_1),
                                .fresh_2 = 1.0f - static_cast<float>(options_.beta_2),
                                .correction = 1.0f - power(static_cast<float>(options_.beta_2), iteration),
                                .weight = 1.0f / t,
                                .epsilon = static_cast<float>(options_.epsilon)};
    HWY_DYNAMIC_DISPATCH(schedule_free_loop)(elements, step);
  }
};

}  // namespace

void add_schedulefreeadamw(OptimizerCatalog& catalog) { catalog.add(entry<ScheduleFreeAdamWOptimizer>({"ScheduleFreeAdamW"})); }

}  // namespace upkeep::optimizers

#endif
