// RMSprop (Tieleman & Hinton 2012), as Keras has it: epsilon stands inside the root.
//
//   v = rho * v + (1 - rho) * g^2                 centered: a = rho * a + (1 - rho) * g, and v - a^2 for v below
//   step = rate * g / sqrt(v + epsilon)
//   w -= step                                     or, with momentum,  m = momentum * m + step,  w -= m

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/rmsprop.cpp"
#include "train/optimizers/targets.hpp"
//
#include "train/optimizers/common.hpp"
#include "train/optimizers/loop.hpp"

#ifndef UPKEEP_TRAIN_OPTIMIZERS_RMSPROP  // once, however often the file is compiled
#define UPKEEP_TRAIN_OPTIMIZERS_RMSPROP
namespace upkeep::optimizers {

struct RmsPropStep {
  float rate;
  float rho;
  float fresh;  // 1 - rho
  float epsilon;
  float momentum;
};

}  // namespace upkeep::optimizers
#endif

HWY_BEFORE_NAMESPACE();
namespace upkeep::optimizers::HWY_NAMESPACE {

struct RmsPropParts {
  RmsPropStep s;
  template <class D, class V>
  HWY_INLINE V running(D d, const V& before, const V& x) const {
    return hn::Set(d, s.rho) * before + hn::Set(d, s.fresh) * x;
  }
  template <class D, class V>
  HWY_INLINE V scaled(D d, const V& g, const V& moment) const {
    return hn::Set(d, s.rate) * g / hn::Sqrt(moment + hn::Set(d, s.epsilon));
  }
};

struct RmsPropFormula : RmsPropParts {
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& w, const V& g, V& v) const {
    v = running(d, v, g * g);
    w = w - scaled(d, g, v);
  }
};

struct RmsPropMomentumFormula : RmsPropParts {
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& w, const V& g, V& v, V& m) const {
    v = running(d, v, g * g);
    m = hn::Set(d, s.momentum) * m + scaled(d, g, v);
    w = w - m;
  }
};

struct RmsPropCenteredFormula : RmsPropParts {
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& w, const V& g, V& v, V& a) const {
    v = running(d, v, g * g);
    a = running(d, a, g);
    w = w - scaled(d, g, v - a * a);
  }
};

struct RmsPropCenteredMomentumFormula : RmsPropParts {
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& w, const V& g, V& v, V& m, V& a) const {
    v = running(d, v, g * g);
    a = running(d, a, g);
    m = hn::Set(d, s.momentum) * m + scaled(d, g, v - a * a);
    w = w - m;
  }
};

void rmsprop_loop(const Elements& e, const RmsPropStep& step) { each(e.count, RmsPropFormula{step}, e.weights, e.gradients, e.slots[0]); }
void rmsprop_momentum_loop(const Elements& e, const RmsPropStep& step) {
  each(e.count, RmsPropMomentumFormula{step}, e.weights, e.gradients, e.slots[0], e.slots[1]);
}
void rmsprop_centered_loop(const Elements& e, const RmsPropStep& step) {
  each(e.count, RmsPropCenteredFormula{step}, e.weights, e.gradients, e.slots[0], e.slots[1]);
}
void rmsprop_centered_momentum_loop(const Elements& e, const RmsPropStep& step) {
  each(e.count, RmsPropCenteredMomentumFormula{step}, e.weights, e.gradients, e.slots[0], e.slots[1], e.slots[2]);
}

}  // namespace upkeep::optimizers::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace upkeep::optimizers {

struct RmsProp : Common {
  double learning_rate = 0.001;
  double rho = 0.9;
  double momentum = 0.0;
  double epsilon = 1e-7;
  bool centered = false;
};

}  // namespace upkeep::optimizers

namespace upkeep {

template <>
inline const Settings settings<optimizers::RmsProp> = optimizers::describe_optimizer<optimizers::RmsProp>(
    "rmsprop", "steps scaled by the running size of the gradient",
    field("rho", &optimizers::RmsProp::rho, "share of the running size kept", range(0.0, 1.0)),
    field("momentum", &optimizers::RmsProp::momentum, "share of the last step kept", range(0.0, 1.0)),
    field("epsilon", &optimizers::RmsProp::epsilon, "added to the second moment, inside the root", range(0.0, 1.0)),
    field("centered", &optimizers::RmsProp::centered, "scale by the variance instead of the second moment"));

}  // namespace upkeep

namespace upkeep::optimizers {

HWY_EXPORT(rmsprop_loop);
HWY_EXPORT(rmsprop_momentum_loop);
HWY_EXPORT(rmsprop_centered_loop);
HWY_EXPORT(rmsprop_centered_momentum_loop);

namespace {

class RmsPropOptimizer : public Elementwise<RmsProp> {
 public:
  using Elementwise::Elementwise;

  std::vector<Slot> own_slots() const override {
    std::vector<Slot> slots = {{.name = "velocity", .group = 0}};
    if (options_.momentum > 0) slots.push_back({.name = "momentum", .group = 1});
    if (options_.centered) slots.push_back({.name = "average_gradient", .group = 2});
    return slots;
  }

 protected:
  void step(const Elements& elements, std::int64_t) const override {
    const RmsPropStep step{.rate = elements.rate,
                           .rho = static_cast<float>(options_.rho),
                           .fresh = static_cast<float>(1.0 - options_.rho),
                           .epsilon = static_cast<float>(options_.epsilon),
                           .momentum = static_cast<float>(options_.momentum)};
    if (options_.momentum > 0 && options_.centered) HWY_DYNAMIC_DISPATCH(rmsprop_centered_momentum_loop)(elements, step);
    else if (options_.centered) HWY_DYNAMIC_DISPATCH(rmsprop_centered_loop)(elements, step);
    else if (options_.momentum > 0) HWY_DYNAMIC_DISPATCH(rmsprop_momentum_loop)(elements, step);
    else HWY_DYNAMIC_DISPATCH(rmsprop_loop)(elements, step);
  }
};

}  // namespace

void add_rmsprop(OptimizerCatalog& catalog) { catalog.add(entry<RmsPropOptimizer>({"RMSprop"})); }

}  // namespace upkeep::optimizers

#endif
