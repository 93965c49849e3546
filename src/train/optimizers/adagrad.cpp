// Adagrad (Duchi, Hazan & Singer 2011), as Keras has it: epsilon stands inside the root, and the sum starts at 0.1.
//
//   sum += g^2                 w -= rate * g / sqrt(sum + epsilon)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/optimizers/adagrad.cpp"
#include "train/optimizers/targets.hpp"
//
#include "train/optimizers/common.hpp"
#include "train/optimizers/loop.hpp"

HWY_BEFORE_NAMESPACE();
namespace upkeep::optimizers::HWY_NAMESPACE {

struct AdagradFormula {
  float rate;
  float epsilon;
  template <class D, class V>
  HWY_INLINE void operator()(D d, V& w, const V& g, V& sum) const {
    sum = sum + g * g;
    w = w - hn::Set(d, rate) * g / hn::Sqrt(sum + hn::Set(d, epsilon));
  }
};

void adagrad_loop(const Elements& e, float epsilon) { each(e.count, AdagradFormula{e.rate, epsilon}, e.weights, e.gradients, e.slots[0]); }

}  // namespace upkeep::optimizers::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace upkeep::optimizers {

struct Adagrad : Common {
  double learning_rate = 0.001;
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;
};

}  // namespace upkeep::optimizers

namespace upkeep {

template <>
inline const Settings settings<optimizers::Adagrad> = optimizers::describe_optimizer<optimizers::Adagrad>(
    "adagrad", "steps scaled by all gradients so far",
    field("initial_accumulator_value", &optimizers::Adagrad::initial_accumulator_value, "start of the sum of squares", range(0.0, 1e6)),
    field("epsilon", &optimizers::Adagrad::epsilon, "added to the sum, inside the root", range(0.0, 1.0)));

}  // namespace upkeep

namespace upkeep::optimizers {

HWY_EXPORT(adagrad_loop);

namespace {

class AdagradOptimizer : public Elementwise<Adagrad> {
 public:
  using Elementwise::Elementwise;
  std::vector<Slot> own_slots() const override {
    return {{.name = "accumulator", .start = static_cast<float>(options_.initial_accumulator_value)}};
  }

 protected:
  void step(const Elements& elements, std::int64_t) const override {
    HWY_DYNAMIC_DISPATCH(adagrad_loop)(elements, static_cast<float>(options_.epsilon));
  }
};

}  // namespace

void add_adagrad(OptimizerCatalog& catalog) { catalog.add(entry<AdagradOptimizer>({"Adagrad"})); }

}  // namespace upkeep::optimizers

#endif
