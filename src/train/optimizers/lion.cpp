// Lion (Chen et al. 2023): every weight moves by one rate, in the direction of a mix of gradient and momentum.
//
//   w -= rate * sign(beta_1 * m + (1 - beta_1) * g)          m = beta_2 * m + (1 - beta_2) * g

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/lion.cpp"
#include "train/optimizers/targets.hpp"
//
#include "train/optimizers/common.hpp"
#include "train/optimizers/loop.hpp"

HWY_BEFORE_NAMESPACE();
namespace upkeep::optimizers::HWY_NAMESPACE {

struct LionFormula {
  float rate;
  float beta_1;
  float beta_2;

  template <class D, class V>
  HWY_INLINE void operator()(D d, V& w, const V& g, V& m) const {
    w = w - hn::Set(d, rate) * sign(d, m * hn::Set(d, beta_1) + g * hn::Set(d, 1.0f - beta_1));
    m = m * hn::Set(d, beta_2) + g * hn::Set(d, 1.0f - beta_2);
  }

 private:
  // Zero and NaN are their own sign.
  template <class D, class V>
  HWY_INLINE V sign(D d, const V& x) const {
    const V zero = hn::Zero(d);
    const V down = hn::IfThenElse(x < zero, hn::Set(d, -1.0f), x);
    return hn::IfThenElse(x > zero, hn::Set(d, 1.0f), down);
  }
};

void lion_loop(const Elements& e, float beta_1, float beta_2) {
  each(e.count, LionFormula{e.rate, beta_1, beta_2}, e.weights, e.gradients, e.slots[0]);
}

}  // namespace upkeep::optimizers::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace upkeep::optimizers {

struct Lion : Common {
  double learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.99;
};

}  // namespace upkeep::optimizers

namespace upkeep {

template <>
inline const Settings settings<optimizers::Lion> = optimizers::describe_optimizer<optimizers::Lion>(
    "lion", "steps of one size, by the sign of the momentum",
    field("beta_1", &optimizers::Lion::beta_1, "share of the momentum in a step", range(0.0, 1.0, Ends::kOpenLeft)),
    field("beta_2", &optimizers::Lion::beta_2, "share of the momentum kept", range(0.0, 1.0)));

}  // namespace upkeep

namespace upkeep::optimizers {

HWY_EXPORT(lion_loop);

namespace {

class LionOptimizer : public Elementwise<Lion> {
 public:
  using Elementwise::Elementwise;
  std::vector<Slot> own_slots() const override { return {{.name = "momentum"}}; }

 protected:
  void step(const Elements& elements, std::int64_t) const override {
    HWY_DYNAMIC_DISPATCH(lion_loop)(elements, static_cast<float>(options_.beta_1), static_cast<float>(options_.beta_2));
  }
};

}  // namespace

void add_lion(OptimizerCatalog& catalog) { catalog.add(entry<LionOptimizer>({"Lion"})); }

}  // namespace upkeep::optimizers

#endif
