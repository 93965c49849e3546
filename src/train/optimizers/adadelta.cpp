// Adadelta (Zeiler 2012), as Keras has it: the learning rate, 1 in the paper, scales its step.
//
//   a = rho * a + (1 - rho) * g^2
//   step = -sqrt(d + epsilon) * g / sqrt(a + epsilon)
//   d = rho * d + (1 - rho) * step^2                         w += rate * step

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/adadelta.cpp"
#include "train/optimizers/targets.hpp"
//
#include "train/optimizers/common.hpp"
#include "train/optimizers/loop.hpp"

HWY_BEFORE_NAMESPACE();
namespace upkeep::optimizers::HWY_NAMESPACE {

struct AdadeltaFormula {
  float rate;
  float rho;
  float fresh;
  float epsilon;
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& w, const V& g, V& gradients, V& steps) const {
    gradients = hn::Set(d, rho) * gradients + hn::Set(d, fresh) * (g * g);
    const V step = hn::Sqrt(steps + hn::Set(d, epsilon)) * g / hn::Sqrt(gradients + hn::Set(d, epsilon));
    steps = hn::Set(d, rho) * steps + hn::Set(d, fresh) * (step * step);
    w = w - hn::Set(d, rate) * step;
  }
};

void adadelta_loop(const Elements& e, float rho, float fresh, float epsilon) {
  each(e.count, AdadeltaFormula{e.rate, rho, fresh, epsilon}, e.weights, e.gradients, e.slots[0], e.slots[1]);
}

}  // namespace upkeep::optimizers::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace upkeep::optimizers {

struct Adadelta : Common {
  double learning_rate = 0.001;
  double rho = 0.95;
  double epsilon = 1e-7;
};

}  // namespace upkeep::optimizers

namespace upkeep {

template <>
inline const Settings settings<optimizers::Adadelta> = optimizers::describe_optimizer<optimizers::Adadelta>(
    "adadelta", "steps in the size of earlier steps",
    field("rho", &optimizers::Adadelta::rho, "share of the running sizes kept", range(0.0, 1.0)),
    field("epsilon", &optimizers::Adadelta::epsilon, "added inside both roots", range(0.0, 1.0)));

}  // namespace upkeep

namespace upkeep::optimizers {

HWY_EXPORT(adadelta_loop);

namespace {

class AdadeltaOptimizer : public Elementwise<Adadelta> {
 public:
  using Elementwise::Elementwise;
  std::vector<Slot> own_slots() const override { return {{.name = "accumulated_grad"}, {.name = "accumulated_delta_var"}}; }

 protected:
  void step(const Elements& elements, std::int64_t) const override {
    HWY_DYNAMIC_DISPATCH(adadelta_loop)(elements, static_cast<float>(options_.rho), static_cast<float>(1.0 - options_.rho),
                                        static_cast<float>(options_.epsilon));
  }
};

}  // namespace

void add_adadelta(OptimizerCatalog& catalog) { catalog.add(entry<AdadeltaOptimizer>({"Adadelta"})); }

}  // namespace upkeep::optimizers

#endif
