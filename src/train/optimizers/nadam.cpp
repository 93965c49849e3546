// Nadam (Dozat 2016): Adam with Nesterov's look-ahead. The momentum's share grows with the updates, as in Keras:
//
//   u_t = beta_1 * (1 - 0.96^t / 2)      P_t = u_1 * u_2 * ... * u_t
//   m += (g - m) * (1 - beta_1)          v += (g^2 - v) * (1 - beta_2)
//   m^ = u_t+1 * m / (1 - P_t+1) + (1 - u_t) * g / (1 - P_t)             v^ = v / (1 - beta_2^t)
//   w -= rate * m^ / (sqrt(v^) + epsilon)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/nadam.cpp"
#include "train/optimizers/targets.hpp"
//
#include "train/optimizers/adam.hpp"
#include "train/optimizers/loop.hpp"

#ifndef UPKEEP_TRAIN_OPTIMIZERS_NADAM  // once, however often the file is compiled
#define UPKEEP_TRAIN_OPTIMIZERS_NADAM
namespace upkeep::optimizers {

struct NadamStep {
  float rate;
  float fresh_1, fresh_2;  // 1 - beta_1, 1 - beta_2
  float fresh;             // 1 - u_t
  float correction;        // 1 - P_t
  float next;              // u_t+1
  float next_correction;   // 1 - P_t+1
  float correction_2;      // 1 - beta_2^t
  float epsilon;
};

}  // namespace upkeep::optimizers
#endif

HWY_BEFORE_NAMESPACE();
namespace upkeep::optimizers::HWY_NAMESPACE {

struct NadamFormula {
  NadamStep s;
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& w, const V& g, V& m, V& v) const {
    m = m + (g - m) * hn::Set(d, s.fresh_1);
    v = v + (g * g - v) * hn::Set(d, s.fresh_2);
    const V ahead = hn::Set(d, s.next) * m / hn::Set(d, s.next_correction) + hn::Set(d, s.fresh) * g / hn::Set(d, s.correction);
    w = w - ahead * hn::Set(d, s.rate) / (hn::Sqrt(v / hn::Set(d, s.correction_2)) + hn::Set(d, s.epsilon));
  }
};

void nadam_loop(const Elements& e, const NadamStep& step) {
  each(e.count, NadamFormula{step}, e.weights, e.gradients, e.slots[0], e.slots[1]);
}

}  // namespace upkeep::optimizers::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace upkeep::optimizers {

struct Nadam : Moments {};

}  // namespace upkeep::optimizers

namespace upkeep {

template <>
inline const Settings settings<optimizers::Nadam> = optimizers::describe_moments<optimizers::Nadam>("nadam", "adam with look-ahead");

}  // namespace upkeep

namespace upkeep::optimizers {

HWY_EXPORT(nadam_loop);

namespace {

class NadamOptimizer : public Elementwise<Nadam> {
 public:
  using Elementwise::Elementwise;

  // One product for all weights: it is kept beside the first.
  std::vector<Slot> own_slots() const override {
    return {{.name = "momentum"}, {.name = "velocity"}, {.name = "u_product", .start = 1.0f, .group = 1, .shape = [](const Weight& weight) {
                                                           return weight.begin == 0 ? std::optional(Shape{}) : std::nullopt;
                                                         }}};
  }

 protected:
  void update(const Buffers& buffers, const Step& step) const override {
    buffers.slots[2].data[0] *= share(step.iteration);
    Elementwise::update(buffers, step);
  }

  void step(const Elements& elements, std::int64_t iteration) const override {
    const float next = share(iteration + 1);
    const float product = elements.slots[2][0];
    const NadamStep numbers{.rate = elements.rate,
                            .fresh_1 = 1.0f - static_cast<float>(options_.beta_1),
                            .fresh_2 = 1.0f - static_cast<float>(options_.beta_2),
                            .fresh = 1.0f - share(iteration),
                            .correction = 1.0f - product,
                            .next = next,
                            .next_correction = 1.0f - product * next,
                            .correction_2 = 1.0f - power(static_cast<float>(options_.beta_2), iteration),
                            .epsilon = static_cast<float>(options_.epsilon)};
    HWY_DYNAMIC_DISPATCH(nadam_loop)(elements, numbers);
  }

 private:
  float share(std::int64_t iteration) const { return static_cast<float>(options_.beta_1) * (1.0f - 0.5f * power(0.96f, iteration)); }
};

}  // namespace

void add_nadam(OptimizerCatalog& catalog) { catalog.add(entry<NadamOptimizer>({"Nadam"})); }

}  // namespace upkeep::optimizers

#endif
