// Stochastic gradient descent, with momentum and Nesterov's look-ahead (Sutskever et al. 2013), as Keras has it:
//
//   momentum 0:  w -= rate * g
//   otherwise:   m = momentum * m - rate * g
//                w += m                          or, with nesterov,  w += momentum * m - rate * g
//
// The rate is inside m: after a change of the rate, old steps keep their old size.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/sgd.cpp"
#include "train/optimizers/targets.hpp"
//
#include "train/optimizers/common.hpp"
#include "train/optimizers/loop.hpp"

HWY_BEFORE_NAMESPACE();
namespace upkeep::optimizers::HWY_NAMESPACE {

struct SgdFormula {
  float rate;
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& w, const V& g) const {
    w = w - g * hn::Set(d, rate);
  }
};

struct MomentumFormula {
  float rate;
  float momentum;
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& w, const V& g, V& m) const {
    m = m * hn::Set(d, momentum) - g * hn::Set(d, rate);
    w = w + m;
  }
};

struct NesterovFormula {
  float rate;
  float momentum;
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& w, const V& g, V& m) const {
    const V step = g * hn::Set(d, rate);
    m = m * hn::Set(d, momentum) - step;
    w = w + (m * hn::Set(d, momentum) - step);
  }
};

void sgd_loop(const Elements& e) { each(e.count, SgdFormula{e.rate}, e.weights, e.gradients); }
void momentum_loop(const Elements& e, float momentum) {
  each(e.count, MomentumFormula{e.rate, momentum}, e.weights, e.gradients, e.slots[0]);
}
void nesterov_loop(const Elements& e, float momentum) {
  each(e.count, NesterovFormula{e.rate, momentum}, e.weights, e.gradients, e.slots[0]);
}

}  // namespace upkeep::optimizers::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace upkeep::optimizers {

struct Sgd : Common {
  double learning_rate = 0.01;
  double momentum = 0.0;
  bool nesterov = false;
};

}  // namespace upkeep::optimizers

namespace upkeep {

template <>
inline const Settings settings<optimizers::Sgd> = optimizers::describe_optimizer<optimizers::Sgd>(
    "sgd", "gradient descent, with momentum if asked",
    field("momentum", &optimizers::Sgd::momentum, "share of the last step kept", range(0.0, 1.0)),
    field("nesterov", &optimizers::Sgd::nesterov, "look one step of momentum ahead"));

}  // namespace upkeep

namespace upkeep::optimizers {

HWY_EXPORT(sgd_loop);
HWY_EXPORT(momentum_loop);
HWY_EXPORT(nesterov_loop);

namespace {

class SgdOptimizer : public Elementwise<Sgd> {
 public:
  using Elementwise::Elementwise;

  std::vector<Slot> own_slots() const override {
    if (options_.momentum == 0.0) return {};
    return {{.name = "momentum"}};
  }

 protected:
  void step(const Elements& elements, std::int64_t) const override {
    const auto momentum = static_cast<float>(options_.momentum);
    if (options_.momentum == 0.0) HWY_DYNAMIC_DISPATCH(sgd_loop)(elements);
    else if (options_.nesterov) HWY_DYNAMIC_DISPATCH(nesterov_loop)(elements, momentum);
    else HWY_DYNAMIC_DISPATCH(momentum_loop)(elements, momentum);
  }
};

}  // namespace

void add_sgd(OptimizerCatalog& catalog) { catalog.add(entry<SgdOptimizer>({"SGD"})); }

}  // namespace upkeep::optimizers

#endif
